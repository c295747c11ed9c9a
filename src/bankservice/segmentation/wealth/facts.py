"""What a customer's classes are told from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.money import parse_minor
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.wealth.kind import WealthLaw
from bankservice.segmentation.wealth.table import AMOUNTS, COUNTS, WEALTH_FACTS, WEALTH_WORDS

__all__ = ["WealthFacts", "amounts_of", "conditions_of"]


@attrs.frozen(kw_only=True)
class WealthFacts:
    """
    A customer's means, as text in major units of one currency.

    What is left out is not known. What each law counts under a name is for the bank to reckon; the
    policy's limbs say it.

    Attributes:
        on: The day that governs: that of the contract, the sale or the classification; a later
            change of the law does not reach back to it.
        customer_kind: Code of `vocabulary/customer-kinds`.
        currency: ISO 4217 code of the amounts, which must be the law's.
        institution: What kind of institution the customer is; `none` for no institution.
        assets_under_management: With this adviser, just after the contract.
        net_worth: Of the person, or of the company; the home left out where the law says so.
        joint_net_worth: With the spouse or the equivalent of one.
        net_financial_assets: Of the person.
        household_net_financial_assets: Of the household.
        household_financial_assets: Of the household, before debts.
        subscription: The single subscription at hand.
        portfolio: Cash and financial instruments.
        net_assets: Of a legal person, at the end of its last year.
        balance_sheet_total: Of a company.
        net_turnover: Of a company.
        own_funds: Of a company.
        incomes: The person's income of each past year, the latest first.
        joint_incomes: With the spouse, likewise.
        household_incomes: Of the household, likewise.
        trades: Trades of significant size in each past quarter, the latest first.
        investment_years: Whole years of experience with investments.
        sector_years: Whole years in a professional position of the financial sector.
        income_expected: Whether the same income is to be expected this year.
        joint_income_expected: The same of the joint income.
        proof: Whether the customer proved it.
        qualified_purchaser: Whether the customer is one by the law that defines it.
        insider: Whether the customer runs the adviser, or invests for it.
        licensed: Whether the person holds a certificate the law names, in good standing.
        requested: Whether the client asked in writing to be treated as such.
        assessed: Whether the firm found the client able to decide and to see the risks.
        warned: Whether the client was warned, and wrote apart to know what is lost.
    """

    on: date
    customer_kind: str | UnknownType | None = None
    currency: str | UnknownType | None = None
    institution: str | UnknownType | None = None
    assets_under_management: Amount | UnknownType | None = None
    net_worth: Amount | UnknownType | None = None
    joint_net_worth: Amount | UnknownType | None = None
    net_financial_assets: Amount | UnknownType | None = None
    household_net_financial_assets: Amount | UnknownType | None = None
    household_financial_assets: Amount | UnknownType | None = None
    subscription: Amount | UnknownType | None = None
    portfolio: Amount | UnknownType | None = None
    net_assets: Amount | UnknownType | None = None
    balance_sheet_total: Amount | UnknownType | None = None
    net_turnover: Amount | UnknownType | None = None
    own_funds: Amount | UnknownType | None = None
    incomes: tuple[Amount | UnknownType, ...] | UnknownType | None = None
    joint_incomes: tuple[Amount | UnknownType, ...] | UnknownType | None = None
    household_incomes: tuple[Amount | UnknownType, ...] | UnknownType | None = None
    trades: tuple[int | UnknownType, ...] | UnknownType | None = None
    investment_years: int | UnknownType | None = None
    sector_years: int | UnknownType | None = None
    income_expected: bool | UnknownType | None = None
    joint_income_expected: bool | UnknownType | None = None
    proof: bool | UnknownType | None = None
    qualified_purchaser: bool | UnknownType | None = None
    insider: bool | UnknownType | None = None
    licensed: bool | UnknownType | None = None
    requested: bool | UnknownType | None = None
    assessed: bool | UnknownType | None = None
    warned: bool | UnknownType | None = None


def conditions_of(facts: WealthFacts, law: WealthLaw) -> Mapping[str, object]:
    """
    Return the facts that conditions may name.

    Raises:
        UnknownNameError: If a code or a word is not known; near names are offered.
    """
    values = {name: getattr(facts, name) for name in WEALTH_FACTS}
    law.terms.check_codes(values)
    for name, known in WEALTH_WORDS.items():
        word = values[name]
        if isinstance(word, str) and word not in known:
            raise UnknownNameError(name, word, known)
    return values


def amounts_of(
    facts: WealthFacts, law: WealthLaw
) -> Mapping[str, tuple[int | UnknownType, ...] | None]:
    """
    Return amounts in minor units and numbers, each as the values there are; None for not known.

    Raises:
        FaultsError: If an amount is no money of the law's currency, or a number is below zero.
    """
    faults: list[Fault] = []
    found: dict[str, tuple[int | UnknownType, ...] | None] = {}
    for name in (*AMOUNTS, *COUNTS):
        value = getattr(facts, name)
        if value is None or value is UNKNOWN:
            found[name] = None
            continue
        values = value if isinstance(value, tuple) else (value,)
        held = [_whole(item, name, law, faults) for item in values]
        found[name] = tuple(held)
    stated = [name for name in AMOUNTS if found[name] is not None]
    if stated and law.currency:
        if isinstance(facts.currency, str) and facts.currency != law.currency:
            wanted = f"{law.currency}, the law's; convert the amounts first"
            faults.append(Fault("currency", facts.currency, wanted))
        elif not isinstance(facts.currency, str):
            # An amount of no known currency is no known amount: 100 yen are not 100 yuan.
            found.update(dict.fromkeys(stated))
    if faults:
        raise FaultsError("the customer's means", tuple(faults))
    return found


def _whole(item: object, name: str, law: WealthLaw, faults: list[Fault]) -> int | UnknownType:
    if item is UNKNOWN:
        return UNKNOWN
    if name in COUNTS:
        assert isinstance(item, int), "numbers were read as such"
        if item < 0:
            faults.append(Fault(name, str(item), "a number from 0 up"))
        return item
    try:
        return parse_minor(item, law.digits if law.currency else 2)
    except ValueError as error:
        faults.append(Fault(name, repr(item), str(error)))
        return 0
