"""
The faults users met in other points systems, by number, and the test that holds each.

The numbers are those of our list of 88 threads and readings; a test's name says which thread, and
its docstring begins with the number.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FILES: Final = {
    name: HERE / f"test_loyalty_peer_faults_{name}.py"
    for name in ("arithmetic", "refunds", "retries", "spending", "time", "writers")
} | {
    "offers": HERE / "test_offers_peer_faults.py",
    "statement": HERE / "test_statement_peer_faults.py",
}

HELD_BY: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("retries.test_oca_pos_185_upload_failed_half_way",),
    2: ("retries.test_odoo_222372_the_same_confirmation_twice",),
    3: ("retries.test_odoo_270532_recorded_offline_synchronised_twice",),
    4: ("retries.test_odoo_202101_two_open_drafts",),
    5: ("writers.test_odoo_145782_two_channels_enrol_at_once",),
    6: (
        "retries.test_odoo_193506_244412_two_channels_one_purchase",
        "retries.test_second_channel_with_other_content_is_a_conflict",
    ),
    7: ("retries.test_compressor_1476_created_event_replayed",),
    8: ("retries.test_opencart_2349_wpswings_104_status_toggles",),
    9: ("retries.test_wpswings_111_order_completes_after_all",),
    10: ("retries.test_magento2_928_second_cancel_notice",),
    11: ("writers.test_eliza_11331_two_reversals_of_one_redemption",),
    12: ("writers.test_fuint_71_twenty_gifts_at_once",),
    13: ("writers.test_laravel_credits_20_two_adjustments_at_once",),
    14: ("retries.test_leetcode_city_163_180_undo_is_an_entry",),
    15: ("retries.test_formance_stack_1633_one_key_twice_in_a_batch",),
    16: (
        "retries.test_formance_stack_1638_keys_are_scoped_by_programme",
        "writers.test_formance_stack_1638_the_store_itself_refuses_a_duplicate",
    ),
    17: ("retries.test_leetcode_city_724_the_clients_own_key",),
    18: ("writers.test_blnk_181_the_sixth_hold",),
    19: ("writers.test_formance_two_debits_of_a_member_without_state",),
    20: ("writers.test_formance_ledger_364_sequence_numbers",),
    21: ("retries.test_tigerbeetle_id_already_failed",),
    22: ("retries.test_open_loyalty_at_least_once_delivery",),
    23: ("retries.test_wpswings_164_checkout_checks_again",),
    24: ("retries.test_antavo_resubmitted_event_keeps_its_business_time",),
    25: ("time.test_flocafe_78_spent_points_do_not_lapse_again",),
    26: ("time.test_open_loyalty_the_first_to_lapse_is_drawn_first",),
    27: ("time.test_open_loyalty_lapsed_without_a_job",),
    28: ("time.test_open_loyalty_a_new_setting_moves_no_old_lot",),
    29: ("time.test_liberusoftware_1056_lots_of_every_kind_lapse",),
    30: ("time.test_kademi_4759_the_day_is_the_programmes",),
    31: ("offers.test_odoo_222428_the_programmes_day_decides_at_every_step",),
    32: ("offers.test_virtocommerce_956_odoo_100339_until_19_june",),
    33: ("time.test_odoo_224665_no_naive_time",),
    34: ("time.test_flocafe_62_the_whole_ladder",),
    35: ("time.test_storage_order_does_not_choose_the_lots",),
    36: ("time.test_odoo_208134_the_programme_has_ended",),
    37: ("time.test_rustledger_2115_2118_equal_dates",),
    38: ("statement.test_talon_one_balance_on_a_date_is_the_end_of_that_day",),
    39: ("statement.test_kademi_5962_balance_statement_and_liability_agree",),
    40: ("refunds.test_erpnext_32951_odoo_238806_257854_woo_wallet_53_the_loop",),
    41: ("refunds.test_odoo_257854_a_row_with_a_minimum",),
    42: ("refunds.test_odoo_212922_221928_paid_partly_with_points",),
    43: ("refunds.test_erpnext_30242_half_of_a_mixed_payment",),
    44: ("refunds.test_erpnext_cancelling_after_the_points_were_spent",),
    45: ("refunds.test_open_loyalty_a_partly_used_lot_reports_both",),
    46: ("refunds.test_open_loyalty_one_item_of_a_basket",),
    47: ("refunds.test_flocafe_720_a_line_voided_before_payment",),
    48: ("statement.test_nopcommerce_5595_running_balances_in_any_order",),
    49: ("refunds.test_refunds_in_parts_of_a_block_rounded_purchase",),
    50: ("refunds.test_beancount_354_the_refund_comes_first",),
    51: ("refunds.test_frappe_books_1305_some_units_of_a_batch",),
    52: ("refunds.test_trybeans_15_no_points_with_a_discount",),
    53: ("arithmetic.test_odoo_111670_nothing_is_left_below_zero",),
    54: ("arithmetic.test_odoo_219640_points_pay_exactly",),
    55: ("arithmetic.test_odoo_259660_points_know_no_cash_rounding",),
    56: ("arithmetic.test_odoo_153541_a_sum_has_its_own_digits",),
    57: ("arithmetic.test_odoo_136982_143334_a_reward_of_two",),
    58: ("arithmetic.test_odoo_250153_246857_a_currency_without_decimals",),
    59: ("arithmetic.test_erpnext_a_quotient_of_floats",),
    60: ("arithmetic.test_erpnext_the_part_paid_with_points_is_not_cut",),
    61: ("arithmetic.test_erpnext_31509_36466_all_is_paid",),
    62: ("arithmetic.test_open_loyalty_rounded_once",),
    63: ("arithmetic.test_odoo_274951_how_many_points_an_order_takes",),
    64: ("arithmetic.test_sale_promotion_361_erpnext_14847_net_of_tax",),
    65: ("arithmetic.test_wpswings_71_no_whole_number_of_points",),
    66: ("arithmetic.test_odoo_220748_a_reward_in_its_own_currency",),
    67: ("spending.test_erpnext_59050_earned_here_and_spent_there",),
    68: ("spending.test_pospire_74_an_empty_lot_is_passed_over",),
    69: ("statement.test_odoo_211188_two_rewards_in_one_order",),
    70: ("spending.test_odoo_264931_the_member_chooses_how_many",),
    71: ("spending.test_odoo_150833_114004_before_or_after_the_points",),
    72: ("spending.test_erpnext_39097_do_not_award",),
    73: ("spending.test_erpnext_14930_22167_24672_45450_33550_41564_thresholds",),
    74: ("spending.test_pospire_74_spend_is_counted_once",),
    75: ("spending.test_open_loyalty_131_earned_counts_and_not_what_is_left",),
    76: ("spending.test_complinks_177_the_rate_changes",),
    77: ("offers.test_medusa_16396_equal_fees_in_any_order",),
    78: ("offers.test_medusa_13265_every_two_units",),
    79: ("offers.test_medusa_8829_more_than_there_is",),
    80: ("offers.test_saleor_17453_forty_and_then_seventy",),
    81: ("offers.test_saleor_12107_the_cheapest_eligible_one",),
    82: ("offers.test_saleor_5689_10688_half_up_to_ten",),
    83: (
        "offers.test_open_loyalty_a_harmless_edit_changes_nothing",
        "offers.test_titles_are_no_part_of_a_version",
    ),
    84: ("offers.test_saleor_two_equal_benefits",),
    85: ("statement.test_open_loyalty_79_every_line_says_why",),
    86: ("statement.test_beancount_230_many_small_lots_valued_to_the_cent",),
    87: ("retries.test_rustledger_2070_replay_decides_nothing",),
    88: ("arithmetic.test_hdfc_two_components_rounded",),
}
"""Number of the fault → the tests that hold it."""

NO_MATTER: Final[Mapping[int, str]] = {}
"""Number → why the fault cannot concern a library; none is left out today."""


def there() -> Iterator[tuple[str, str]]:
    """Yield the tests of the files that have a body beside their docstring, with its first word."""
    for name, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and len(node.body) > 1:
                yield f"{name}.{node.name}", ast.get_docstring(node) or ""


def test_every_fault_is_held_by_a_test() -> None:
    """Each of the 88 faults has a test, or a reason; the test is there and says its number."""
    found = dict(there())

    assert list(range(1, 89)) == sorted({*HELD_BY, *NO_MATTER})
    assert {} == {
        number: test
        for number, tests in HELD_BY.items()
        for test in tests
        if f"B{number:02d}" not in found.get(test, "")
    }


def test_every_test_of_a_fault_is_listed() -> None:
    """A test that says the number of a fault is listed under it."""
    listed = {(number, test) for number, tests in HELD_BY.items() for test in tests}
    said = {
        (int(number), test)
        for test, words in there()
        for number in re.findall(r"\bB(\d\d)\b", words)
    }

    assert set() == said - listed
