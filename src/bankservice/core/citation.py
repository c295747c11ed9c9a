"""Where a number comes from, and how far somebody has read the source."""

from __future__ import annotations

from datetime import date
from typing import Literal

import attrs

__all__ = ["Approval", "Checked", "Citation"]

Checked = Literal["text", "secondary", "own"]
"""How far a source was read: the rule's own words, a description of it, or the bank's own paper."""


@attrs.frozen(kw_only=True)
class Citation:
    """
    The source of a policy version, or of one of its rows.

    Attributes:
        text: Name of the document.
        checked: `text` (its own words were read), `secondary` (only a description of it was
            read; explanations and the rule book then say so) or `own` (the bank's policy paper).
        clause: Article, section or page.
        issuer: Who made the rule.
        number: Document number (文号).
        url: Address, stable or archived; one without `://` is a page of the rule book, named from
            the book's root, where the document has no public address.
        published_on: Day the document was published.
        read_on: Day somebody last compared.
        note: What the source leaves open, and what was chosen.

    Examples:
        >>> Citation(text="Acme retail policy", clause="1", checked="own").label()
        'Acme retail policy, 1'
    """

    text: str
    checked: Checked
    clause: str = ""
    issuer: str = ""
    number: str = ""
    url: str = ""
    published_on: date | None = None
    read_on: date | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("the citation names no document; a number needs its source.")

    def label(self) -> str:
        """Return the short form people quote: issuer, document, number and clause."""
        return ", ".join(
            part for part in (self.issuer, self.text, self.number, self.clause) if part
        )


@attrs.frozen(kw_only=True)
class Approval:
    """Who approved a policy version, when, and in which document."""

    by: str
    on: date
    document: str = ""
