"""
How a regime of complaint law is written: clocks with their terms, extensions, ways on, records.

Rows of terms are read from the top; the first whose condition holds gives the number. A condition
over a fact that nobody stated is not established. So the row without condition, the last one, is
what runs where nothing is known: write the shortest lawful number there, and longer ones above it
with the condition that allows them.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs

from bankservice.complaints.model import Role
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.clock import Reopening
from bankservice.core.conditions import Condition
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.ruler import Close, Roll

__all__ = [
    "BILLING_CYCLES",
    "RECEIPT",
    "ClockTable",
    "Extension",
    "Keep",
    "Pause",
    "RegimeTable",
    "Term",
    "WayOn",
]

RECEIPT: Final = "receipt"
"""What starts a clock: the receipt of the complaint."""

BILLING_CYCLES: Final = "billing-cycles"
"""Unit of terms that count whole billing cycles of the account."""

DaysUnit = Literal["calendar-days", "business-days", "elapsed", "billing-cycles"]


@attrs.frozen(kw_only=True)
class Term:
    """
    One row of a clock: how long it runs, and when this row applies.

    Attributes:
        unit: What is counted.
        amount: How much, as an ISO 8601 duration; of billing cycles it is `count`.
        when: Condition under which this row applies; the last row has none.
        count: Whole billing cycles after the one in which the complaint came.
        cap: Calendar days from the start that the last day never passes.
        close: Where the last day ends: at its end, or at the close of business.
        roll: Where a last day goes that is no business day.
        source: Where the number comes from, if not from the version's source.
    """

    unit: DaysUnit
    amount: str = ""
    when: Condition | None = None
    count: int = 0
    cap: Period | None = None
    close: Close = "end-of-day"
    roll: Roll = "none"
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class Extension:
    """
    How a duty may be moved, and what that takes.

    Attributes:
        to: The limit it may be moved to at most; empty where the law sets none.
        approvals: Levels of approval, any of which is enough; none where no approval is asked.
        notice: What the customer must be told: `before-due` (before the duty falls due),
            `with-approval` (when it is approved), `told-reason` (the reason, without a day); empty
            where nothing is asked.
        sends: Codes of what must be sent for it.
        reasons: Codes of the reasons the law accepts; none where any will do.
        source: Where this comes from, if not from the version's source.
    """

    to: str = ""
    approvals: tuple[str, ...] = ()
    notice: Literal["", "before-due", "with-approval", "told-reason"] = ""
    sends: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def approval(self) -> str:
        """The first level of approval that is enough; empty where none is asked."""
        return self.approvals[0] if self.approvals else ""


@attrs.frozen(kw_only=True)
class ClockTable:
    """
    One clock as written.

    Attributes:
        name: Its name, unique in the regime.
        title: What is due.
        role: A duty, which runs, or a limit, which only bounds extensions.
        term: Its terms, the first that applies counting.
        starts: `receipt`, or a fact that is a date: the clock is then listed once that is stated.
        when: Condition under which the clock exists at all; always where left out.
        sends: Codes of what must be sent by it.
        lawful_if: Clock that must have been met for this one to be lawful.
        extension: How it may be moved.
        window: Whether it is a span the institution may use, such as one for settling informally:
            letting it pass breaks no duty.
        stops_on: What ends it: any of `acknowledge`, `propose`, `respond` (any answer),
            `final-response`, `redress`, `redress-money` (in money, not an apology), `refer` or
            `close`.
        reopen: What a reopened complaint does to it.
    """

    name: str
    title: Title = attrs.field(metadata={"digest": False})
    role: Role
    term: tuple[Term, ...]
    starts: str = RECEIPT
    when: Condition | None = None
    sends: tuple[str, ...] = ()
    lawful_if: str = ""
    extension: tuple[Extension, ...] = ()
    window: bool = False
    stops_on: tuple[str, ...] = ("final-response",)
    reopen: Reopening = "new-cycle"


@attrs.frozen(kw_only=True)
class WayOn:
    """
    A way on that is open to the customer: an ombudsman, a regulator, a court.

    Attributes:
        code: Its code.
        title: What people read.
        within: How long the customer has for it, where the law says.
        since: Code of what that is counted from, such as `final-response`.
        source: Where this comes from, if not from the version's source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    within: Period | None = None
    since: str = ""
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class Keep:
    """
    A record that has to be kept.

    Attributes:
        what: Code of the record.
        period: How long at least.
        since: Code of what the period is counted from, such as `closing`.
        source: Where this comes from, if not from the version's source.
    """

    what: str
    period: Period
    since: str
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def code(self) -> str:
        """Code of the record."""
        return self.what


@attrs.frozen(kw_only=True)
class Pause:
    """
    A reason for which the law lets a clock stand still.

    Attributes:
        reason: Its code.
        title: What people read.
        needs: Code of what must be done for it, such as `told-promptly`; empty for nothing.
        source: Where this comes from, if not from the version's source.
    """

    reason: str
    title: Title = attrs.field(metadata={"digest": False})
    needs: str = ""
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})

    @property
    def code(self) -> str:
        """Code of the reason."""
        return self.reason


@attrs.frozen(kw_only=True)
class RegimeTable:
    """
    A version of a regime as written.

    Attributes:
        clock: Its clocks.
        jurisdiction: ISO 3166 code of the country, or `EU`.
        governs: Condition under which it governs a case.
        zone: Time zone of a country that has one only; empty where it has several.
        calendar: Working calendar of its business days, where there is one for the whole country.
        calendars: Region → working calendar, where they differ.
        institution_days: Whether the institution's own days are the business days of this law.
        receipt: What counts as receipt, where it is not the customer's complaint.
        way_on: Ways on an answer has to name.
        keep: Records to keep, and how long.
        pause: Reasons for which a clock may stand still; without any, none ever does.
        repeated: What may be done with the same complaint repeated while the first is open.
        new_facts: What new facts or reasons do to the clocks.
    """

    clock: tuple[ClockTable, ...]
    jurisdiction: str = ""
    governs: Condition | None = None
    zone: str = ""
    calendar: str = ""
    calendars: FrozenMapping[str, str] = FrozenMapping()
    institution_days: bool = False
    receipt: Title | None = attrs.field(default=None, metadata={"digest": False})
    way_on: tuple[WayOn, ...] = ()
    keep: tuple[Keep, ...] = ()
    pause: tuple[Pause, ...] = ()
    repeated: Literal["", "may-be-merged"] = ""
    new_facts: Literal["", "restart"] = ""
