"""The forms of case tables: what stands in a table, a case, a scenario and a step."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from bankservice.core.frozen import FrozenMapping

__all__ = ["Row", "Scenario", "Step", "Table"]


@attrs.frozen(kw_only=True)
class Row:
    """
    A case of a rule.

    Attributes:
        name: What the case shows; it names the case in messages.
        facts: The facts of the rule, by name. Dates and numbers may stand as text.
        expect: What the outcome holds, by path; what is not named may be anything.
        absent: Paths of the outcome that have no value.
        version_on: Day whose version decides; the rule's own governing day where left out.
    """

    name: str
    facts: Any
    expect: FrozenMapping[str, Any] = FrozenMapping()
    absent: tuple[str, ...] = ()
    version_on: date | None = None


@attrs.frozen(kw_only=True)
class Step:
    """
    A step of a scenario; `with`, the command's body, is kept beside it, for no field can have that name.

    Attributes:
        at: When it happens: an instant, or a day in the policy's zone; as the step before where
            left out.
        do: The command; a step without one only looks.
        expect: What people see of the record then, by path.
        absent: Paths that have no value then.
        refused: The code of the refusal that is expected; accepted where left out.
        replayed: Whether the answer is that of an earlier command with the same id.
        subject: Which record, where a case has several.
        command: The caller's id of the command; a fresh one where left out.
        actor: Who gives it.
        approved_by: The second person, where one approved.
    """

    at: Any = None
    do: str | None = None
    expect: FrozenMapping[str, Any] = FrozenMapping()
    absent: tuple[str, ...] = ()
    refused: str | None = None
    replayed: bool | None = None
    subject: str = "case-subject"
    command: str = ""
    actor: str = "case-actor"
    approved_by: str = ""


@attrs.frozen(kw_only=True)
class Scenario:
    """
    A case of a record: steps in order, against one fresh record.

    Attributes:
        name: What the case shows; it names the case in messages.
        step: The steps.
    """

    name: str
    step: tuple[Any, ...]


@attrs.frozen(kw_only=True)
class Table:
    """
    A case table as written.

    Attributes:
        case: The cases.
        rule: Id of the rule they are of.
        record: Kind of the record they are of, instead of a rule.
        policy: Id of the policy, a shipped one.
        policies: Ids of several.
        policy_file: File of the policy, beside the table.
        policy_files: Files of several.
        tolerance: How far numbers may differ; not at all where left out.
        version_on: Day whose version decides in every case of a rule.
    """

    case: tuple[Any, ...]
    rule: str = ""
    record: str = ""
    policy: str = ""
    policies: tuple[str, ...] = ()
    policy_file: str = ""
    policy_files: tuple[str, ...] = ()
    tolerance: Decimal | None = None
    version_on: date | None = None
