"""
How the law of dormant accounts is written: whose activity counts, periods, exceptions, duties.

    jurisdiction = "GB"

    [[version.counts]]
    code = "holder"
    when = { fact = "initiator", in = ["customer", "mandate"] }

    [[version.status]]
    code = "dormant"
    after = "P15Y"
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.policy import Title

__all__ = [
    "ACCOUNT_FACTS",
    "ACCOUNT_WORDS",
    "ACTIVITY_FACTS",
    "ACTIVITY_WORDS",
    "Counts",
    "DormancyTable",
    "DutyRow",
    "Exclusion",
    "LaterStart",
    "StatusRow",
    "Term",
]

ACCOUNT_FACTS: Final[Mapping[str, FactType]] = {
    "account_kind": FactType("text"),
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "state": FactType("text"),
    "currency": FactType("text"),
    "balance_minor": FactType("integer"),
    "term_ends_on": FactType("date"),
    "renews": FactType("boolean"),
    "debt": FactType("boolean"),
    "no_mail": FactType("boolean"),
    "marks": FactType("set"),
}
"""Facts of an account that conditions may name."""

ACCOUNT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "account_kind": ("savings", "current", "settlement", "term", "child_trust_fund", "other"),
}
"""The words of facts of an account that are closed lists."""

ACTIVITY_FACTS: Final[Mapping[str, FactType]] = {
    "kind": FactType("text"),
    "initiator": FactType("text"),
}
"""Facts of one activity that conditions may name."""

ACTIVITY_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": (
        "financial",
        "non_financial",
        "kyc_update",
        "contact",
        "statement_request",
        "interest",
        "term_interest",
        "charge",
        "reversal",
    ),
    "initiator": ("customer", "mandate", "third_party", "bank"),
}
"""What an activity was, and who set it going; `mandate` is a standing order of the customer."""


@attrs.frozen(kw_only=True)
class Counts:
    """
    One kind of activity that starts the clock anew.

    Attributes:
        code: Stable code.
        when: Condition over `kind` and `initiator`.
        source: Where it comes from, if not from the version's source.
    """

    code: str
    when: Condition
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class Exclusion:
    """
    One exception: an account of this description does not reach a status.

    Attributes:
        code: Stable code.
        title: What people read.
        when: Condition over the facts of the account.
        keeps_from: Codes of the statuses; all where left out.
        source: Where it comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition
    keeps_from: tuple[str, ...] = ()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class LaterStart:
    """
    A day before which the clock does not start, such as the end of a fixed term.

    Attributes:
        code: Stable code.
        title: What people read.
        when: The accounts it is for.
        day: The fact that holds the day.
        plus: What is added to it, such as eighteen years.
        source: Where it comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    when: Condition
    day: Literal["term_ends_on", "born_on"]
    plus: Period = Period()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class Term:
    """
    How long until a status, for accounts of a description; the first row that holds is taken.

    Attributes:
        after: The period.
        when: The accounts; all others where left out.
        source: Where it comes from, if not from the status.
    """

    after: Period
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class DutyRow:
    """
    One duty of the bank; when it is due is said by at most one of the keys after `role`.

    Attributes:
        code: Stable code.
        title: What people read.
        role: `notice` to the customer, or `consequence` for the account or its money.
        before: Due so long before the first day of the status.
        after: Owed from so long after the clock's start; it is due by no day the law names.
        january_after: Due in the January next following the end of so many years.
        every: Due again and again, so long after the first day of the status.
        by: `year-end`: by 31 December of the year of the status' first day; `next-month-end`: by
            the last day of the month after it.
        source: Where it comes from, if not from the status.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    role: Literal["notice", "consequence"] = "notice"
    before: Period | None = None
    after: Period | None = None
    january_after: int | None = None
    every: Period | None = None
    by: Literal["year-end", "next-month-end"] | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class StatusRow:
    """
    One status, each later one worse than the one before.

    Attributes:
        code: Stable code.
        title: What people read.
        starts: The day its period counts from: the last `activity` that counts, or the `notice`
            that was given because of the status before.
        when: The accounts that can reach it; all where left out.
        after: The period; short for one `term` without `when`.
        term: Periods by description of the account.
        boundary: `more_than`: reached on the first day after the period; `at_least`: on the day
            the period is full.
        duty: What the bank owes because of it.
        source: Where it comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    starts: Literal["activity", "notice"] = "activity"
    when: Condition | None = None
    after: Period | None = None
    term: tuple[Term, ...] = ()
    boundary: Literal["more_than", "at_least"] = "more_than"
    duty: tuple[DutyRow, ...] = ()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class DormancyTable:
    """
    A version of a law of dormant accounts as written.

    Attributes:
        jurisdiction: Whose law it is.
        counts: The activity that starts the clock anew; any one row is enough.
        status: The statuses, the mildest first.
        exclusion: Accounts that do not reach a status.
        later_start: Days before which the clock does not start.
        never_active: What an account without any activity that counts counts from: `opening`, or
            `nothing` (no clock runs).
        counted_on: The day to which periods count whatever day is asked, where the law fixes one.
    """

    jurisdiction: str
    counts: tuple[Counts, ...]
    status: tuple[StatusRow, ...]
    exclusion: tuple[Exclusion, ...] = ()
    later_start: tuple[LaterStart, ...] = ()
    never_active: Literal["opening", "nothing"] = "opening"
    counted_on: date | None = None
