"""What is asked of a customer's contacts with surveys: commands as given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.calendar import zone_of
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id, looks_like_card, looks_like_identity
from bankservice.satisfaction.campaigns.asking import Asked
from bankservice.satisfaction.campaigns.plan import EVERY_CHANNEL

__all__ = [
    "COMMANDS",
    "Answer",
    "End",
    "Invite",
    "NoteExpiry",
    "OptIn",
    "OptOut",
    "Reach",
    "Remind",
    "Volunteer",
    "plain_readings",
]

_CODE: Final = re.compile(r"[\w][\w.:/+-]{0,59}")


def plain_readings(readings: Mapping[str, Any]) -> FrozenMapping[str, Any]:
    """
    Return what was answered, by question, as it is kept: whole numbers and codes, never words.

    Raises:
        FaultsError: If an answer is no whole number, code, list of codes or table of whole numbers;
            it is not repeated, for it may be what a customer said.
    """
    held = {str(question): _plain(answer) for question, answer in readings.items()}
    faults = tuple(
        Fault(question, f"a {type(readings[question]).__name__}", _WANTED)
        for question, answer in held.items()
        if answer is None
    )
    if faults:
        raise FaultsError("readings", faults)
    return FrozenMapping(held)


_WANTED: Final = (
    "a whole number, a code, a list of codes or a table of whole numbers; what was said in words "
    "belongs to `texts`"
)


def _plain(answer: Any) -> Any:
    if type(answer) is int:
        return answer
    if isinstance(answer, Decimal) and answer.is_finite():
        # Numbers that are not whole keep their digits as a code.
        return int(answer) if answer == answer.to_integral_value() else str(answer)
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, str):
        return answer if _CODE.fullmatch(answer) and not _tells_of_somebody(answer) else None
    if isinstance(answer, Mapping):
        parts = {str(name): _plain(part) for name, part in answer.items()}
        return None if _lacks(parts.values()) else FrozenMapping(parts)
    if isinstance(answer, Iterable):
        listed = tuple(_plain(part) for part in answer)
        return None if _lacks(listed) else listed
    return None


def _lacks(parts: Iterable[Any]) -> bool:
    return any(type(part) not in (int, str) for part in parts)


def _tells_of_somebody(code: str) -> bool:
    return looks_like_card(code) or looks_like_identity(code)


def _check_code(code: str, what: str) -> None:
    """Refuse what stands open in the record and is no code: words belong where they are sealed."""
    if code and (not _CODE.fullmatch(code) or _tells_of_somebody(code)):
        raise ValueError(f"the {what} is no code; what was said in words belongs to `note`.")


def _check_about(about: Mapping[str, str]) -> None:
    for name, held in about.items():
        checked_id(held, name)


@attrs.frozen(kw_only=True)
class Invite:
    """
    Invite a customer, if that is allowed now.

    Attributes:
        campaign: Id of the campaign; a customer has one invitation of each at most.
        questionnaire: Id of the questionnaire.
        channel: Code of `vocabulary/feedback-channels`.
        programme: Code of the programme.
        stratum: Code of the stratum it was drawn from; empty where it was not drawn.
        batch: Batch of the draw, the first being 0.
        about: What it is about, as codes: branch, product kind and so on.
        zone: The customer's own zone, for quiet hours; that of the plan where left out.
        planned: Invitations other programmes have planned.
        not_before: First day on which the campaign invites; any where left out.
        quota_full: Whether a hard quota of the stratum is full: nobody of it is invited then.
    """

    campaign: str
    questionnaire: str
    channel: str
    programme: str = ""
    stratum: str = ""
    batch: int = 0
    about: FrozenMapping[str, str] = FrozenMapping()
    zone: str = ""
    planned: tuple[Asked, ...] = ()
    not_before: date | None = None
    quota_full: bool = False

    def __attrs_post_init__(self) -> None:
        checked_id(self.campaign, "campaign")
        _check_about(self.about)


@attrs.frozen(kw_only=True)
class Remind:
    """
    Repeat an invitation that is open.

    Attributes:
        campaign: Which invitation.
        channel: By which channel; its own where left out.
        zone: The customer's own zone, for quiet hours; that of the plan where left out.
    """

    campaign: str
    channel: str = ""
    zone: str = ""

    def __attrs_post_init__(self) -> None:
        if self.zone:
            zone_of(self.zone)


@attrs.frozen(kw_only=True)
class Reach:
    """
    Say whether somebody was reached: the invitation was opened, the call answered.

    Attributes:
        campaign: Which invitation.
        contacted: Whether the customer was reached; false notes a try that reached nobody.
    """

    campaign: str
    contacted: bool = True


@attrs.frozen(kw_only=True)
class _Answered:
    """
    What was answered.

    Attributes:
        campaign: Which campaign.
        readings: Question → whole number, code, list of codes or table of whole numbers.
        missing: Question → code of why there is no answer.
        metrics: What stands for `nps`, `csat`, `ces` and `solved` (1 or 0), as far as it was asked.
        texts: Question → what was said in words.
        status: Whether the sheet is `complete`, `partial` or `invalid`, as it was read.
        flags: What is to be held against it, such as `speeding`.
        language: Language of the answers.
        channel: By which channel; that of the invitation where left out.
        mode: Who held the pen.
        opened_at: When it was begun.
        version: The version of the questionnaire it was read under.
    """

    campaign: str
    readings: FrozenMapping[str, Any] = attrs.field(
        factory=FrozenMapping[str, Any], converter=plain_readings
    )
    missing: FrozenMapping[str, str] = FrozenMapping()
    metrics: FrozenMapping[str, int] = FrozenMapping()
    texts: FrozenMapping[str, str] = FrozenMapping()
    status: Literal["complete", "partial", "invalid"] = "complete"
    flags: tuple[str, ...] = ()
    language: str = ""
    channel: str = ""
    mode: str = ""
    opened_at: datetime | None = None
    version: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Answer(_Answered):
    """An invited customer answered."""


@attrs.frozen(kw_only=True)
class Volunteer(_Answered):
    """
    A customer answered without being drawn: an open link, a code in the branch.

    Such answers are kept apart, and stand for nobody else.

    Attributes:
        campaign: Which campaign.
        questionnaire: Id of the questionnaire.
        about: As in `Invite`.
    """

    questionnaire: str
    about: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        checked_id(self.campaign, "campaign")
        _check_about(self.about)


@attrs.frozen(kw_only=True)
class End:
    """
    Say how an invitation ended otherwise than by an answer.

    Attributes:
        campaign: Which invitation.
        outcome: What became of it; that it `expired` follows from dates, and `opted-out` is a
            command of its own.
        reason: Code of why.
        note: What was said.
    """

    campaign: str
    outcome: Literal[
        "refused", "not-contacted", "undeliverable", "ineligible", "quota-full", "invalid"
    ]
    reason: str = ""
    note: str = ""

    def __attrs_post_init__(self) -> None:
        _check_code(self.reason, "reason")


@attrs.frozen(kw_only=True)
class _Wanting:
    """
    What a customer names.

    Attributes:
        channels: Channels, with those below them.
        all: Every channel.
    """

    channels: tuple[str, ...] = ()
    all: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.words:
            raise ValueError("nothing is named; pass `channels`, or `all = true`.")

    @property
    def words(self) -> tuple[str, ...]:
        """The channels named, and the word for every one."""
        return (*self.channels, *((EVERY_CHANNEL,) if self.all else ()))


@attrs.frozen(kw_only=True)
class OptOut(_Wanting):
    """
    The customer wants no surveys; open invitations against it end.

    Attributes:
        campaign: The invitation by which it was said, if it was one; it ends too.
    """

    campaign: str = ""


@attrs.frozen(kw_only=True)
class OptIn(_Wanting):
    """The customer may be asked again; `all` takes back every refusal."""


@attrs.frozen(kw_only=True)
class NoteExpiry:
    """
    Note that the time of an invitation went by; it changes nothing but the agenda.

    Attributes:
        campaign: Which invitation.
    """

    campaign: str


COMMANDS: Final = {
    "invite": Invite,
    "remind": Remind,
    "reach": Reach,
    "answer": Answer,
    "volunteer": Volunteer,
    "end": End,
    "opt_out": OptOut,
    "opt_in": OptIn,
    "note_expiry": NoteExpiry,
}
"""Command names and their classes."""
