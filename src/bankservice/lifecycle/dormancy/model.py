"""What the law says of one account: its status, the days, and what the bank owes by when."""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

__all__ = ["ACTIVE", "AccountDormancy", "AccountDuty", "ComingStatus"]

ACTIVE: Final = "active"
"""The status of an account that none of the law's own holds."""


@attrs.frozen(kw_only=True)
class AccountDuty:
    """
    One thing the bank owes because of a status, on the clock as it stands.

    Attributes:
        code: Stable code of the duty.
        status: Code of the status it belongs to.
        from_on: First day it can be done, or is owed, where the law says one.
        due_by: Last day for it; None where the law names none.
    """

    code: str
    status: str
    from_on: date | None = None
    due_by: date | None = None


@attrs.frozen(kw_only=True)
class ComingStatus:
    """The status that follows if nothing that counts happens, and the first day it holds."""

    status: str
    on: date


@attrs.frozen(kw_only=True)
class AccountDormancy:
    """
    Where an account stands by law on a day. It says nothing of the customer's stage.

    Attributes:
        status: Code of the law's status, `active`, or None where it hangs on an unknown fact.
        on: First day the status holds; None for `active`, or where it cannot be told.
        anchor: Day from which the periods count; None where it cannot be told.
        anchored_by: What that day is: `last-activity`, `opening`, or the code of a later start.
        deadline: Last day of the period that leads to the next status.
        next: The status that follows if nothing that counts happens.
        notices: Notices owed on this clock, the law's order; past ones too.
        consequences: What the bank does with the account or its money, and by when.
        excluded: Codes of the exclusions that keep the account from a status.
        unknown: Facts that are not known and could change this answer.
        assumed: Facts not stated, taken not to make an exception.
    """

    status: str | None
    on: date | None = None
    anchor: date | None = None
    anchored_by: str = ""
    deadline: date | None = None
    next: ComingStatus | None = None
    notices: tuple[AccountDuty, ...] = ()
    consequences: tuple[AccountDuty, ...] = ()
    excluded: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
