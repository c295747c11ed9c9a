"""Item banks and questionnaires as they are written: versions of the two kinds of policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from bankservice.core.calendar import Period
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title

__all__ = [
    "Aspect",
    "ClassRow",
    "Instrument",
    "ItemKind",
    "ItemRow",
    "ItemsTable",
    "LabelRow",
    "Measure",
    "Metric",
    "NameRow",
    "OptionRow",
    "QuestionRow",
    "QuestionnaireTable",
    "ScaleRow",
    "StraightLiningRow",
]

ItemKind: TypeAlias = Literal[
    "nps",
    "csat",
    "ces",
    "likert",
    "yes-no",
    "single",
    "multiple",
    "ranking",
    "constant-sum",
    "numeric",
    "date",
    "text",
    "consent",
]
"""What kind of question an item is."""

Metric: TypeAlias = Literal["nps", "csat", "ces-v1", "ces-v2", "likert", "yes-no"]
"""What a scale is made for; it is declared, and never guessed from how long the scale is."""

Measure: TypeAlias = Literal["", "nps", "csat", "ces", "solved"]
"""The figure of a whole sheet that an item stands for; of most items none."""

Aspect: TypeAlias = Literal["perception", "expectation", "importance"]
"""What an item asks about its subject: how it was, how it should be, how much it matters."""

Instrument: TypeAlias = Literal[
    "transactional",
    "relationship",
    "complaint-follow-up",
    "panel",
    "call-back",
    "depth-interview",
    "forum",
]
"""What a questionnaire is used as."""


@attrs.frozen(kw_only=True)
class LabelRow:
    """
    What stands beside one code of a scale.

    Attributes:
        code: The code.
        title: What people read.
    """

    code: int
    title: Title


@attrs.frozen(kw_only=True)
class ClassRow:
    """
    A class of the answers on a scale, such as promoters.

    Attributes:
        code: Its code.
        title: What people read.
        lowest: Lowest code of the class.
        highest: Highest code of the class, counted in.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    lowest: int
    highest: int


@attrs.frozen(kw_only=True)
class ScaleRow:
    """
    A scale of whole numbers.

    Attributes:
        code: Its code.
        title: What people read.
        metric: What it is made for: `nps`, `csat`, `ces-v1` (effort), `ces-v2` (ease), `likert` or
            `yes-no` (1 is yes).
        lowest: Its lowest code.
        highest: Its highest code.
        good: Which end is good: `high`, `low`, or `none` where neither is.
        label: What stands beside its codes; both ends have one.
        classes: Classes of answers, the lowest first; together they cover the scale, each code once.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    metric: Metric
    lowest: int
    highest: int
    good: Literal["high", "low", "none"] = "high"
    label: tuple[LabelRow, ...]
    classes: tuple[ClassRow, ...] = ()

    def class_of(self, code: int) -> str | None:
        """Return the class a code is in; None where the scale has no classes."""
        return next((row.code for row in self.classes if row.lowest <= code <= row.highest), None)

    def codes_of(self, name: str) -> range:
        """Return the codes of a class; none where the scale has no such class."""
        for row in self.classes:
            if row.code == name:
                return range(row.lowest, row.highest + 1)
        return range(0)

    def turned(self, code: int) -> int:
        """Return the code as far from the other end."""
        return self.lowest + self.highest - code


@attrs.frozen(kw_only=True)
class NameRow:
    """
    A dimension or a list that items belong to, by name.

    Attributes:
        code: Its code.
        title: What people read.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})


@attrs.frozen(kw_only=True)
class OptionRow:
    """
    One option of a question with options.

    Attributes:
        code: Its code.
        title: What people read.
    """

    code: str
    title: Title


@attrs.frozen(kw_only=True)
class ItemRow:
    """
    One item: a question that questionnaires may ask.

    Attributes:
        code: Its code; never renamed, never reused.
        kind: What kind of question it is.
        text: What is asked.
        scale: Code of its scale, for `nps`, `csat`, `ces`, `likert` and `yes-no`.
        measure: The figure of a whole sheet that it stands for: `nps`, `csat`, `ces` or `solved`;
            nothing for every other item.
        dimension: Code of its dimension.
        aspect: What it asks about its subject: `perception`, `expectation` or `importance`.
        pair: Code of its partner: the expectation beside a perception, and the other way round.
        reverse: Whether agreeing says something bad; such an item is turned before it is summed.
        tags: Codes of the lists it belongs to.
        product: Code of the kind of product it asks about, of `vocabulary/product-kinds`.
        option: What may be chosen, ranked or given points.
        tree: Id of a vocabulary whose codes are the options, in place of `option`.
        most: The most options that may be chosen or ranked, the highest number, or the most
            characters of a text.
        least: The lowest number.
        total: What the points of a constant sum add up to.
    """

    code: str
    kind: ItemKind
    text: Title
    scale: str = ""
    measure: Measure = ""
    dimension: str = ""
    aspect: Aspect = "perception"
    pair: str = ""
    reverse: bool = False
    tags: tuple[str, ...] = ()
    product: str = ""
    option: tuple[OptionRow, ...] = ()
    tree: str = ""
    most: Decimal | None = None
    least: Decimal | None = None
    total: int = 100


@attrs.frozen(kw_only=True)
class ItemsTable:
    """
    A version of an item bank as written.

    Attributes:
        scale: Its scales.
        dimension: Dimensions that items may belong to.
        tag: Lists that items may belong to.
        item: Its items.
    """

    scale: tuple[ScaleRow, ...]
    dimension: tuple[NameRow, ...] = ()
    tag: tuple[NameRow, ...] = ()
    item: tuple[ItemRow, ...]


@attrs.frozen(kw_only=True)
class QuestionRow:
    """
    One question of a questionnaire.

    Attributes:
        item: Code of the item it asks.
        required: Whether a sheet without an answer to it is only part of one.
        when: It is shown only where this holds of answers to earlier questions, named by their
            items; to everybody where left out. A scale and a number compare as numbers, yes or no
            as `true` or `false`, an option as its code, several as a set.
    """

    item: str
    required: bool = True
    when: Condition | None = None


@attrs.frozen(kw_only=True)
class StraightLiningRow:
    """
    When a sheet is held to be answered without reading.

    Attributes:
        least: Fewest answers on one scale that, all alike, are taken for it.
        reversed_only: Take it only where some of those questions are reverse keyed and some are
            not, so that nobody who means it can answer all alike.
    """

    least: int = 8
    reversed_only: bool = False


@attrs.frozen(kw_only=True)
class QuestionnaireTable:
    """
    A version of a questionnaire as written.

    Attributes:
        instrument: What it is used as: `transactional` (at most 3 questions, after a contact),
            `relationship`, `complaint-follow-up`, `panel`, `call-back`, `depth-interview` or
            `forum` (the last two have themes and texts, and no score).
        items: Id of the item bank its questions come from; or `items_file`, a file beside this one.
        question: Its questions, in the order they are asked.
        languages: Languages it is asked in: `zh`, `en` or both.
        cadence: How long from one regular wave to the next; nothing where there are none.
        most_questions: Most questions it may have.
        channels: Codes of `vocabulary/feedback-channels` it is used over; all where left out.
        least_seconds: A sheet finished sooner after it was opened was not read.
        straight_lining: When a sheet counts as answered without reading; never where left out.
    """

    instrument: Instrument
    items: str
    question: tuple[QuestionRow, ...]
    languages: tuple[Literal["zh", "en"], ...] = ("zh", "en")
    cadence: Period | None = None
    most_questions: int = 12
    channels: tuple[str, ...] = ()
    least_seconds: int | None = None
    straight_lining: StraightLiningRow | None = None
