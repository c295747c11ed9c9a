"""
The faults users met in the tools of this field, by number, and the test that holds each.

The numbers are those of our list of 59 threads and readings; a test's name says which thread.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent.parent
FILES: Final = {
    "worktime": TESTS / "worktime" / "test_worktime_peer_faults.py",
    "clock": TESTS / "core" / "test_clock_peer_faults.py",
    "case": TESTS / "complaints" / "test_case_peer_faults.py",
}

HELD_BY: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("clock.test_erpnext_49414_off_hours_pause_is_neutral",),
    2: ("clock.test_glpi_10594_pause_over_a_weekend",),
    3: ("clock.test_erpnext_every_pause_counts",),
    4: (
        "clock.test_frappe_1554_paused_clock_cannot_breach",
        "case.test_frappe_1554_a_paused_clock_cannot_breach",
    ),
    5: ("clock.test_frappe_resolved_straight_from_paused",),
    6: (
        "clock.test_laravel_help_desk_52_two_paused_states_in_a_row",
        "case.test_jlh_52_two_reasons_in_a_row_are_one_pause",
    ),
    7: ("clock.test_zammad_188_all_states_that_do_not_run",),
    8: ("clock.test_zammad_pause_shorter_than_the_resolution",),
    9: ("clock.test_pause_exactly_at_the_due_instant",),
    10: (
        "clock.test_otrs_response_clock_not_moved_after_it_was_met",
        "case.test_otrs_a_clock_that_was_met_does_not_change_by_a_pause",
    ),
    11: (
        "clock.test_frappe_3639_policy_detached_while_paused",
        "case.test_frappe_3639_a_withdrawn_policy_leaves_no_stale_pause",
    ),
    12: ("worktime.test_zammad_390_created_after_hours",),
    13: ("worktime.test_glpi_687_created_out_of_hours_gets_zero",),
    14: ("worktime.test_businesstime_13_26_both_ends_after_hours",),
    15: ("worktime.test_businesstime_3_7_the_first_instant_of_the_day_counts",),
    16: ("worktime.test_zammad_3180_round_the_clock_has_no_gap_at_midnight",),
    17: ("worktime.test_zammad_2497_biz_33_closing_at_00_00",),
    18: ("worktime.test_businesstimedelta_6_start_after_end",),
    19: ("worktime.test_businesstimedelta_break_touching_closing_time",),
    20: ("worktime.test_glpi_hold_at_the_last_second",),
    21: ("worktime.test_glpi_sub_day_unit_switch",),
    22: ("worktime.test_working_hours_38_biz_73_day_zero",),
    23: ("worktime.test_holidays_2758_no_business_day_added",),
    24: ("worktime.test_osticket_6739_few_open_days",),
    25: ("worktime.test_osticket_6847_lunch",),
    26: ("worktime.test_django_helpdesk_exclusions_delay",),
    27: ("worktime.test_erpnext_38745_the_calendars_zone_counts",),
    28: ("worktime.test_oncall_3261_fixed_offsets_drift",),
    29: ("worktime.test_moment_business_time_58_the_hour_that_comes_twice",),
    30: ("worktime.test_working_hours_business_duration_night_windows",),
    31: ("worktime.test_vue_business_hours_26_tine20_4916_loops",),
    32: ("worktime.test_biz_37_midnight_that_does_not_exist",),
    33: ("worktime.test_odoo_15746_near_midnight",),
    34: ("worktime.test_businesstimedelta_9_holiday_on_the_wrong_date",),
    35: ("worktime.test_biz_122_working_hours_37_short_day_before_a_holiday",),
    36: ("worktime.test_cal_106_make_up_working_day",),
    37: ("worktime.test_workalendar_4_year_boundary",),
    38: ("worktime.test_pandas_16867_23542_30593_two_paths",),
    39: ("worktime.test_zammad_2574_4037_a_refresh_without_a_change",),
    40: ("worktime.test_glpi_holiday_range_over_new_year",),
    41: (
        "worktime.test_zammad_1396_osticket_4807_no_open_time",
        "worktime.test_biz_holidays_over_every_open_day",
    ),
    42: ("worktime.test_biz_63_many_holidays",),
    43: (
        "clock.test_zammad_534_calendar_changed",
        "case.test_zammad_534_a_calendar_change_is_one_recorded_change_of_each_clock",
    ),
    44: (
        "clock.test_zammad_4353_policy_withdrawn",
        "case.test_zammad_4353_a_withdrawn_policy_cancels_and_the_breach_stays",
    ),
    45: (
        "clock.test_glpi_15605_newer_target_forgets_waiting_time",
        "case.test_glpi_15605_a_newer_target_remembers_the_pauses",
    ),
    46: (
        "clock.test_atlassian_recompute_leaves_closed_verdicts",
        "case.test_jira_a_recalculation_does_not_rewrite_a_closed_verdict",
    ),
    47: (
        "clock.test_zendesk_policy_edit_has_an_effect_time",
        "case.test_zendesk_a_policy_edit_takes_effect_when_it_is_said",
    ),
    48: (
        "clock.test_glpi_5213_each_reopening_gives_its_documented_deadline",
        "case.test_glpi_5213_each_mode_gives_its_due_and_the_closed_cycle_is_kept",
        "case.test_osticket_a_breach_does_not_disappear_by_reopening",
    ),
    49: (
        "clock.test_chatwoot_10178_still_counting_after_resolution",
        "case.test_chatwoot_10178_nothing_counts_after_the_resolution",
    ),
    50: (
        "clock.test_chatwoot_13392_late_first_reply_hidden",
        "case.test_chatwoot_13392_a_late_first_reply_stays_visible",
    ),
    51: ("case.test_zammad_5177_a_shorter_later_clock_does_not_override_the_first",),
    52: (
        "worktime.test_glpi_22678_warning_before_the_end",
        "clock.test_glpi_22678_warning_over_several_segments",
    ),
    53: (
        "clock.test_glpi_1996_alert_storms",
        "case.test_glpi_1996_a_step_fires_once_however_often_the_sweep_runs",
    ),
    54: (
        "clock.test_zammad_4432_a_warning_at_night_is_a_fact_of_the_night",
        "case.test_zammad_4432_a_warning_at_night_is_told_in_the_morning",
    ),
    55: (
        "clock.test_zammad_904_merged_and_withdrawn_do_not_run",
        "case.test_zammad_904_merged_and_ended_cases_tell_nothing",
    ),
    56: (
        "clock.test_zammad_3523_due_before_at_and_after",
        "case.test_zammad_3523_what_is_due_is_listed_before_at_and_after",
    ),
    57: (
        "clock.test_dbt_zendesk_116_breach_is_the_first_crossing",
        "case.test_dbt_zendesk_116_a_breach_is_the_first_crossing",
    ),
    58: (
        "clock.test_chatwoot_response_at_exactly_due",
        "case.test_chatwoot_an_answer_at_the_deadline_itself_is_in_time",
    ),
    59: (
        "worktime.test_four_hours_from_friday_at_four",
        "worktime.test_eight_hours_from_friday_at_five",
    ),
}
"""Number of the fault → the tests that hold it."""


def there() -> Iterator[str]:
    """Yield the tests of the three files that have a body beside their docstring."""
    for name, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and len(node.body) > 1:
                yield f"{name}.{node.name}"


def test_every_fault_is_held_by_a_test() -> None:
    """
    Each of the 59 faults has a test of its own name, and the test is there.
    """
    found = set(there())

    assert list(range(1, 60)) == list(HELD_BY)
    assert [] == [test for tests in HELD_BY.values() for test in tests if test not in found]
