"""What the status of an account is told from, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.terms import Terms
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.dormancy.kind import DormancyLaw
from bankservice.lifecycle.dormancy.table import ACCOUNT_FACTS, ACTIVITY_WORDS

__all__ = ["AccountActivity", "DormancyFacts", "account_values", "check_facts"]


@attrs.frozen(kw_only=True)
class AccountActivity:
    """
    Something that happened on an account.

    Attributes:
        on: The day, in the bank's own zone.
        kind: What it was: `financial`, `non_financial`, `kyc_update`, `contact`,
            `statement_request`, `interest`, `term_interest` (of a term deposit, paid into this
            account), `charge`, `reversal`.
        initiator: Who set it going: `customer`, `mandate` (a standing order of the customer),
            `third_party`, `bank`.
    """

    on: date
    kind: str | UnknownType = "financial"
    initiator: str | UnknownType = UNKNOWN


@attrs.frozen(kw_only=True)
class DormancyFacts:
    """
    An account and what happened on it.

    What is left out is not known, but for exceptions: an exception whose facts are not stated is
    taken not to be one, and the outcome names them under `assumed`.

    Attributes:
        on: Day asked; it selects the version.
        account_kind: `savings`, `current`, `settlement`, `term`, `child_trust_fund` or `other`.
        customer_kind: Code of `vocabulary/customer-kinds`.
        opened_on: Day the account was opened.
        last_activity_on: Day of the last activity that counts, where the bank knows it.
        activity: What happened since its opening, or since `last_activity_on`; an empty list says
            that nothing did.
        term_ends_on: End of a fixed term.
        renews: Whether a fixed term is renewed without the customer's doing.
        born_on: The holder's birth date, for accounts that count from an age.
        debt: Whether the customer owes the bank anything.
        no_mail: Whether the customer asked not to be written to.
        state: The state whose law governs, where states differ.
        currency: ISO 4217 code of the account's currency.
        balance_minor: What is on it, in minor units.
        marks: What else a law asks for, as words of its own.
        notified_on: Day the notice was given that a later status counts from.
    """

    on: date
    account_kind: str | UnknownType | None = None
    customer_kind: str | UnknownType | None = None
    opened_on: date | UnknownType | None = None
    last_activity_on: date | UnknownType | None = None
    activity: tuple[AccountActivity, ...] | UnknownType | None = None
    term_ends_on: date | UnknownType | None = None
    renews: bool | UnknownType | None = None
    born_on: date | UnknownType | None = None
    debt: bool | UnknownType | None = None
    no_mail: bool | UnknownType | None = None
    state: str | UnknownType | None = None
    currency: str | UnknownType | None = None
    balance_minor: int | UnknownType | None = None
    marks: tuple[str, ...] | UnknownType | None = None
    notified_on: date | UnknownType | None = None


def account_values(facts: DormancyFacts) -> Mapping[str, object]:
    """Return the facts that conditions over accounts may name."""
    return {name: getattr(facts, name) for name in ACCOUNT_FACTS}


def check_facts(facts: DormancyFacts, law: DormancyLaw) -> None:
    """
    Refuse facts that cannot be: words nobody knows, and days after `on` or before the opening.

    Raises:
        UnknownNameError: If a word or code is not known; near names are offered.
        FaultsError: With every day that cannot be.
    """
    _check_words(account_values(facts), law.accounts)
    rows = facts.activity if isinstance(facts.activity, tuple) else ()
    for row in rows:
        if (row.kind, row.initiator) not in law.counts:
            for name, known in ACTIVITY_WORDS.items():
                _check_word(name, getattr(row, name), known)
    days = [("opened_on", facts.opened_on, False), ("born_on", facts.born_on, False)]
    days += [("last_activity_on", facts.last_activity_on, True)]
    days += [("notified_on", facts.notified_on, True)]
    days += [(f"activity[{index}].on", row.on, True) for index, row in enumerate(rows)]
    faults = []
    for path, day, after_opening in days:
        if not isinstance(day, date):
            continue
        if day > facts.on:
            faults.append(Fault(path, str(day), f"a day up to {facts.on}, the day asked"))
        elif after_opening and isinstance(facts.opened_on, date) and day < facts.opened_on:
            faults.append(Fault(path, str(day), f"a day from {facts.opened_on}, its opening"))
    if faults:
        raise FaultsError("the account", tuple(faults))


def _check_words(values: Mapping[str, object], terms: Terms) -> None:
    for name, known in terms.words.items():
        _check_word(name, values.get(name), known)
    terms.check_codes(values)


def _check_word(name: str, word: object, known: tuple[str, ...]) -> None:
    if isinstance(word, str) and word not in known:
        raise UnknownNameError(name, word, known)
