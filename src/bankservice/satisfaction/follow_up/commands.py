"""What is asked of a customer's follow-ups: commands as given."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.identifiers import checked_id
from bankservice.core.unknown import UnknownType
from bankservice.satisfaction.follow_up.model import NOT_ASKED, QUESTIONS, SaidAnswer

__all__ = [
    "COMMANDS",
    "AcknowledgeFollowUp",
    "AgreeAction",
    "AssignFollowUp",
    "Attempt",
    "CloseFollowUp",
    "ConfirmResolved",
    "Contact",
    "Convert",
    "Decline",
    "Duplicate",
    "FollowUpScore",
    "Hear",
    "NoConsent",
    "NoticeFollowUp",
    "Resolve",
    "Theme",
    "TriedWith",
    "Unreachable",
]

TriedWith = Literal["no_answer", "busy", "message_left", "wrong_number", "undeliverable"]
"""What came of an attempt that did not reach the customer."""


@attrs.frozen(kw_only=True)
class Hear:
    """
    Hear an answer: where it is one to follow up, a case opens, or an open one takes it in.

    Attributes:
        answer: Id of the answer; heard once.
        nps: How likely the customer is to recommend, 0 to 10.
        csat: How satisfied, on its scale.
        csat_scale: Its scale, as the policy has it.
        ces: How easy or hard it was, on the scale of its version.
        ces_version: Its version, as the policy has it.
        solved: Whether the customer says the matter is solved.
        keywords: Classes of words in the text; found in `text` where left out.
        contact_requested: Whether the customer asks to be contacted.
        channel: Code of `vocabulary/channels`, where the answer is about one.
        product: Code of `vocabulary/product-kinds`, where it is about one.
        tier: Tier of the customer, where a bank goes by it.
        campaign: Id of the campaign it came from.
        rated: Id of the person it is about; who is never the owner.
        may_contact: Whether the customer may be contacted about it.
        may_name: Whether the person it is about may be told who said it.
        text: What the customer wrote.
    """

    answer: str
    nps: SaidAnswer = NOT_ASKED
    csat: SaidAnswer = NOT_ASKED
    csat_scale: str = "1-5"
    ces: SaidAnswer = NOT_ASKED
    ces_version: str = "v2"
    solved: bool | UnknownType | None = None
    keywords: tuple[str, ...] | UnknownType | None = None
    contact_requested: bool | UnknownType = False
    channel: str | UnknownType | None = None
    product: str | UnknownType | None = None
    tier: str | UnknownType | None = None
    campaign: str = ""
    rated: str = ""
    may_contact: bool = True
    may_name: bool = False
    text: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.answer, "answer")
        for name in ("campaign", "rated"):
            if getattr(self, name):
                checked_id(getattr(self, name), name)


@attrs.frozen(kw_only=True)
class _OfCase:
    """
    Something done in a case.

    Attributes:
        case: Its id; the one that is open where left out.
    """

    case: str = ""


@attrs.frozen(kw_only=True)
class AssignFollowUp(_OfCase):
    """
    Say who follows up: never the person the answer is about.

    Attributes:
        owner: Who.
    """

    owner: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.owner, "owner")


@attrs.frozen(kw_only=True)
class AcknowledgeFollowUp(_OfCase):
    """Say that the customer was told the answer was heard."""


@attrs.frozen(kw_only=True)
class Attempt(_OfCase):
    """
    Say that the customer was tried and not reached.

    Attributes:
        channel: By which channel.
        outcome: What came of it.
    """

    channel: str
    outcome: TriedWith = "no_answer"


@attrs.frozen(kw_only=True)
class Contact(_OfCase):
    """
    Say that somebody talked with the customer; that acknowledges as well.

    Attributes:
        channel: By which channel.
        note: What was said.
    """

    channel: str
    note: str = ""


@attrs.frozen(kw_only=True)
class AgreeAction(_OfCase):
    """
    Say what was agreed with the customer.

    Attributes:
        action: What will be done.
        due_on: By which day.
    """

    action: str = ""
    due_on: date | None = None


@attrs.frozen(kw_only=True)
class Resolve(_OfCase):
    """
    Say that what was agreed is done.

    Attributes:
        note: What was done.
    """

    note: str = ""


@attrs.frozen(kw_only=True)
class ConfirmResolved(_OfCase):
    """
    Say whether the customer confirms that it is resolved.

    Attributes:
        resolved: Where not, another action is to be agreed, and the clock runs on with what
            remained.
    """

    resolved: bool = True


@attrs.frozen(kw_only=True)
class CloseFollowUp(_OfCase):
    """Close a case that the customer confirmed, or did not answer for long enough."""


@attrs.frozen(kw_only=True)
class Unreachable(_OfCase):
    """Give up: the customer was tried as often, and for as long, as the policy asks."""


@attrs.frozen(kw_only=True)
class Decline(_OfCase):
    """
    Say that the customer does not want to be contacted about it.

    Attributes:
        reason: Why, in words.
    """

    reason: str = ""


@attrs.frozen(kw_only=True)
class NoConsent(_OfCase):
    """
    Say that the customer may not be contacted.

    Attributes:
        reason: Why, in words.
    """

    reason: str = ""


@attrs.frozen(kw_only=True)
class Duplicate(_OfCase):
    """
    Say that the matter is looked after elsewhere.

    Attributes:
        of: Id of the case that looks after it.
    """

    of: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.of, "case")


@attrs.frozen(kw_only=True)
class Convert(_OfCase):
    """
    Make a complaint of it; that one counts from the first instant of this case.

    Attributes:
        into: Id of the complaint.
    """

    into: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.into, "complaint")


@attrs.frozen(kw_only=True)
class Theme(_OfCase):
    """
    Say what lies behind it; what was said before is replaced.

    Attributes:
        themes: Codes of the policy's tree of themes.
    """

    themes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class FollowUpScore(_OfCase):
    """
    Note what the customer answers when asked again.

    Attributes:
        nps: How likely the customer is to recommend, 0 to 10.
        csat: How satisfied, on its scale.
        csat_scale: Its scale, as the policy has it.
        ces: How easy or hard it was, on the scale of its version.
        ces_version: Its version, as the policy has it.
    """

    nps: SaidAnswer = NOT_ASKED
    csat: SaidAnswer = NOT_ASKED
    csat_scale: str = "1-5"
    ces: SaidAnswer = NOT_ASKED
    ces_version: str = "v2"

    def __attrs_post_init__(self) -> None:
        if not any(isinstance(getattr(self, name).value, int) for name in QUESTIONS):
            raise ValueError(f"no answer is stated; pass one of {', '.join(QUESTIONS)}.")


@attrs.frozen(kw_only=True)
class NoticeFollowUp:
    """
    Note that a warning came true or a deadline was crossed.

    Attributes:
        key: As the agenda has it.
    """

    key: str


COMMANDS: Final = {
    "hear": Hear,
    "assign": AssignFollowUp,
    "acknowledge": AcknowledgeFollowUp,
    "attempt": Attempt,
    "contact": Contact,
    "agree": AgreeAction,
    "resolve": Resolve,
    "confirm": ConfirmResolved,
    "close": CloseFollowUp,
    "unreachable": Unreachable,
    "decline": Decline,
    "no_consent": NoConsent,
    "duplicate": Duplicate,
    "convert": Convert,
    "theme": Theme,
    "follow_up_score": FollowUpScore,
    "notice": NoticeFollowUp,
}
"""Command names and their classes."""
