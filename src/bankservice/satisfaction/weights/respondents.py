"""
Who answered, by categories, and whom they are to stand for: how both are read and matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import fsum
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import MOST, Missing
from bankservice.satisfaction.weights.margins import Pattern

__all__ = [
    "COUNT",
    "Matched",
    "Respondents",
    "Targets",
    "match_respondents",
    "rounded_targets",
    "target_faults",
]

COUNT: Final = "count"
"""Key of a row that says how many such respondents there are, where no margin has that name."""

Targets = FrozenMapping[str, FrozenMapping[str, Decimal]]
"""Margin → category → share or count of the population."""

_PLACE: Final = "#"
"""Before the place of a category in a row that is a list."""
_NO_CATEGORY: Final = frozenset(("", *(code.value for code in Missing)))
_HALF: Final = Fraction(1, 2)
_MOST_ROUNDING: Final = Fraction(1, 50)
"""However coarse targets are written, what they miss by more than this is no rounding."""


@attrs.frozen
class Respondents:
    """
    Rows of categories, one for each respondent, or one for several who are alike.

    A row may be a list too: the categories in the order of the targets' margins.

    Attributes:
        rows: Margin → category as text, or None where it is not known; `count` is how many. Of a
            row that is a list, `#1`, `#2` and so on stand for the margins.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> row = FACTS.read([{"age": "18-34", "count": 20}], Respondents, "rows").rows[0]
        >>> row["age"], row["count"]
        ('18-34', 20)
    """

    rows: tuple[FrozenMapping[str, str | int | None], ...] = ()

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Respondents:
        if isinstance(raw, (str, bytes, Mapping)) or not isinstance(raw, Iterable):
            raise FaultsError("respondents", (Fault("", named(raw), "a list of rows"),))
        rows: list[FrozenMapping[str, str | int | None]] = []
        faults: list[Fault] = []
        # Respondents alike are one row, held once.
        seen: dict[Any, FrozenMapping[str, str | int | None]] = {}
        for place, row in enumerate(raw):
            if isinstance(row, (list, tuple)):
                row = {f"{_PLACE}{at}": category for at, category in enumerate(row, start=1)}
            if not isinstance(row, Mapping):
                faults.append(Fault(f"[{place}]", named(row), "a table of categories by margin"))
                continue
            wrong = [Fault(f"[{place}]", named(k), "a margin as text") for k in _not_text(row)]
            held = {str(name): _whole(category) for name, category in row.items()}
            wrong.extend(
                Fault(f"[{place}].{name}", named(category), "a category: text or a whole number")
                for name, category in held.items()
                if category is not None and type(category) not in (str, int)
            )
            faults.extend(wrong)
            if not wrong:
                key = tuple((name, type(category), category) for name, category in held.items())
                rows.append(seen.setdefault(key, FrozenMapping(held)))
        if faults:
            raise FaultsError("respondents", tuple(faults))
        return cls(tuple(rows))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        category = {"type": ["string", "integer", "null"]}
        row = any_of([forms.table(category), {"type": "array", "items": category}])
        return {"type": "array", "items": row}

    def __written__(self) -> list[Any]:
        return [list(row.values()) if _is_list(row) else dict(row) for row in self.rows]


def _is_list(row: Mapping[str, Any]) -> bool:
    return f"{_PLACE}1" in row


def _not_text(row: Mapping[Any, Any]) -> Iterator[Any]:
    return (name for name in row if type(name) is not str)


def _whole(category: Any) -> Any:
    """Return a whole number as JSON writes it, and a code for none, as they are kept."""
    if isinstance(category, Missing):
        return category.value
    if type(category) is Decimal and category.is_finite() and category.as_tuple().exponent == 0:
        return int(category)
    return category


@attrs.frozen
class Matched:
    """
    Respondents by what they are raked on.

    Attributes:
        patterns: The different patterns of categories, in the order of the margins.
        of: For each row, the place of its pattern.
        counts: How many respondents each row is.
        unknown: Margin → how many have no category of it; a margin all have one of is left out.
    """

    patterns: tuple[Pattern, ...]
    of: tuple[int, ...]
    counts: tuple[int, ...]
    unknown: FrozenMapping[str, int]

    def totals(self, weights: Iterable[float]) -> tuple[float, ...]:
        """Return what each pattern weighs together, where each of a row's weighs so much."""
        parts: list[list[float]] = [[] for _ in self.patterns]
        for place, count, weight in zip(self.of, self.counts, weights, strict=True):
            parts[place].append(count * weight)
        return tuple(fsum(part) for part in parts)


def match_respondents(
    respondents: Respondents, margins: Mapping[str, Iterable[str]], path: str = "respondents"
) -> Matched:
    """
    Return respondents by the margins they are raked on.

    A margin a row does not have, `""` and the codes of a missing answer are no category, unless
    the margin has a category of that name.

    Args:
        respondents: The rows.
        margins: Margin → the categories there are.
        path: Where the rows stand, for faults.

    Raises:
        FaultsError: If a row has a category that its margin has not, a count that is none, or no
            row has any category of a margin.
    """
    known = {name: frozenset(categories) for name, categories in margins.items()}
    places: dict[Pattern, int] = {}
    seen: dict[int, tuple[int, int]] = {}
    of: list[int] = []
    counts: list[int] = []
    unknown = dict.fromkeys(known, 0)
    faults: list[Fault] = []
    for index, row in enumerate(respondents.rows):
        found = seen.get(id(row))
        if found is None:
            at = f"{path}[{index}]"
            if _is_list(row) and len(row) != len(known):
                faults.append(
                    Fault(at, f"a list of {len(row)}", f"{len(known)}: {', '.join(known)}")
                )
                continue
            asked = dict(zip(known, row.values(), strict=True)) if _is_list(row) else row
            wrong = [*_row_faults(asked, known, at)]
            faults.extend(wrong)
            if wrong:
                continue
            pattern = tuple(_category(asked.get(name), known[name]) for name in known)
            count = asked.get(COUNT, 1) if COUNT not in known else 1
            assert isinstance(count, int), "a count that is none is a fault"
            found = places.setdefault(pattern, len(places)), count
            seen[id(row)] = found
        of.append(found[0])
        counts.append(found[1])
    patterns = tuple(places)
    for place, count in zip(of, counts, strict=True):
        for name, category in zip(known, patterns[place], strict=True):
            if category is None:
                unknown[name] += count
    whole = sum(counts)
    if not faults and whole:
        faults.extend(
            Fault(f"targets.{name}", "a margin no respondent has a category of", _MARGINS)
            for name in known
            if unknown[name] == whole
        )
    if faults:
        raise FaultsError("respondents", tuple(faults))
    told = FrozenMapping({name: n for name, n in unknown.items() if n})
    return Matched(patterns, tuple(of), tuple(counts), told)


_MARGINS: Final = "one that respondents have"


def _category(category: str | int | None, known: frozenset[str]) -> str | None:
    if category is None:
        return None
    text = str(category)
    return text if text in known else None


def _row_faults(
    row: Mapping[str, str | int | None], known: Mapping[str, frozenset[str]], path: str
) -> Iterator[Fault]:
    for name, categories in known.items():
        category = row.get(name)
        if category is None or str(category) in categories or str(category) in _NO_CATEGORY:
            continue
        near = near_names(str(category), categories)
        wanted = f"one of {', '.join(sorted(categories))}"
        yield Fault(f"{path}.{name}", f"unknown-category: {named(category)}", wanted, near)
    if COUNT not in known and COUNT in row:
        count = row[COUNT]
        if type(count) is not int or not 1 <= count <= MOST:
            got = "too many" if type(count) is int and count > MOST else named(count)
            yield Fault(f"{path}.{COUNT}", got, "how many respondents: 1 or more")


def target_faults(targets: Targets, path: str = "targets") -> Iterator[Fault]:
    """
    Yield what is wrong with the margins of a population, before anybody is weighted by them.

    Shares must sum to 1 and counts to one total, but for the rounding that their digits explain.
    """
    totals: dict[str, Fraction] = {}
    for name, margin in targets.items():
        negative = [category for category, target in margin.items() if target < 0]
        for category in negative:
            got = f"the number {margin[category]}"
            yield Fault(f"{path}.{name}.{category}", got, "0 or more")
        if negative:
            continue
        if not any(margin.values()):
            got = "all-zero-targets: no target above 0"
            yield Fault(f"{path}.{name}", got, "one or more above 0")
            continue
        total = sum(map(Fraction, margin.values()), Fraction())
        if not _is_shares(margin):
            totals[name] = total
        elif abs(total - 1) > _rounding(margin, Fraction(1)):
            got = f"inconsistent-margins: shares that sum to {float(total):g}"
            yield Fault(f"{path}.{name}", got, "shares that sum to 1")
    if not totals:
        return
    first = next(iter(totals))
    for name, total in totals.items():
        largest = max(total, totals[first])
        slack = _rounding(targets[name], largest) + _rounding(targets[first], largest)
        if abs(total - totals[first]) > min(slack, _MOST_ROUNDING * largest):
            yield Fault(
                f"{path}.{name}",
                f"inconsistent-margins: a total of {float(total):g}",
                f"that of {first}, {float(totals[first]):g}",
            )


def rounded_targets(targets: Targets) -> bool:
    """Tell whether margins disagree by no more than rounding; they are brought to one total."""
    sums = [(_is_shares(m), sum(map(Fraction, m.values()), Fraction())) for m in targets.values()]
    counts = {total for shares, total in sums if not shares}
    return len(counts) > 1 or any(total != 1 for shares, total in sums if shares)


def _is_shares(margin: Mapping[str, Decimal]) -> bool:
    """Tell whether targets are shares, not counts: none above 1, and not all of them whole."""
    held = [Fraction(target) for target in margin.values()]
    return max(held) <= 1 and (any(t.denominator > 1 for t in held) or sum(held) == 1)


def _rounding(margin: Mapping[str, Decimal], total: Fraction) -> Fraction:
    """Return by how much a margin may miss its total for the digits it is written with."""
    digits = min(int(target.as_tuple().exponent) for target in margin.values())
    return min(len(margin) * _HALF * Fraction(10) ** min(digits, 0), _MOST_ROUNDING * total)
