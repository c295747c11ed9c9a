"""What is asked of a voice: commands as given."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

import attrs

from bankservice.core.identifiers import checked_id

__all__ = [
    "COMMANDS",
    "AnswerVoice",
    "CodeVoice",
    "LinkKind",
    "LinkVoice",
    "NoticeVoice",
    "ReceiveVoice",
    "VoiceKind",
]

VoiceKind = Literal["rating", "suggestion", "complaint", "concern", "dispute"]
"""What a voice is."""

LinkKind = Literal["complaint", "follow-up", "idea"]
"""What a voice leads to."""

_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{2,8})*", re.ASCII)


@attrs.frozen(kw_only=True)
class ReceiveVoice:
    """
    Receive what somebody said unasked, or in a forum or an interview.

    Attributes:
        channel: Code of the vocabulary of feedback channels, such as `opinion_box`.
        kind: What it is.
        text: What was said.
        held_on: Day the forum or interview was held, or the note was written; the day of receipt
            where left out.
        language: Language of the text, such as `zh` or `en-GB`.
        people: How many people said it.
        customer: Whose it is, where that is known.
        product: Code of `vocabulary/product-kinds`, where it is about one.
    """

    channel: str
    kind: VoiceKind
    text: str = ""
    held_on: date | None = None
    language: str = "zh"
    people: int = 1
    customer: str = ""
    product: str = ""

    def __attrs_post_init__(self) -> None:
        if self.customer:
            checked_id(self.customer, "customer")
        if self.people < 1:
            raise ValueError(f"{self.people} people say nothing; pass 1 or more.")
        if not _LANGUAGE.fullmatch(self.language):
            raise ValueError(f"{self.language!r} is no language; pass a tag like 'zh' or 'en-GB'.")


@attrs.frozen(kw_only=True)
class CodeVoice:
    """
    Say what a voice is about; what was said before is replaced.

    Attributes:
        themes: Codes of the tree of themes.
        product: Code of `vocabulary/product-kinds`; that received where left out.
        about: Id of what it is about, such as a branch or a service.
    """

    themes: tuple[str, ...]
    product: str = ""
    about: str = ""

    def __attrs_post_init__(self) -> None:
        if self.about:
            checked_id(self.about, "subject")


@attrs.frozen(kw_only=True)
class AnswerVoice:
    """
    Answer a voice, in the channel it came by.

    Attributes:
        channel: The channel; that of the voice, or one below it.
        text: What was answered.
    """

    channel: str
    text: str = ""


@attrs.frozen(kw_only=True)
class LinkVoice:
    """
    Say what a voice leads to.

    Attributes:
        kind: What that is.
        to: Its id.
    """

    kind: LinkKind
    to: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.to, self.kind)


@attrs.frozen(kw_only=True)
class NoticeVoice:
    """
    Note that a warning came true or the deadline was crossed.

    Attributes:
        key: As the agenda has it.
    """

    key: str


COMMANDS: Final = {
    "receive": ReceiveVoice,
    "code": CodeVoice,
    "answer": AnswerVoice,
    "link": LinkVoice,
    "notice": NoticeVoice,
}
"""Command names and their classes."""
