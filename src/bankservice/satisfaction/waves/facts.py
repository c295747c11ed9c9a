"""What the scores of a wave are made of: its respondents, its items, and the wave before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.satisfaction.scores.tally import Cell
from bankservice.satisfaction.waves.cells import Counted, counted, placed
from bankservice.satisfaction.waves.coding import missing_code
from bankservice.satisfaction.waves.columns import Columns, Wave
from bankservice.satisfaction.waves.items import WaveItem, item_faults

__all__ = ["WaveFacts", "WaveTally", "code_faults", "counted_before", "wave_tallies"]

_DIGITS: Final = 14
_ROWS: Final = 20
"""Faulty rows of an item that are told one by one."""


@attrs.frozen(kw_only=True)
class WaveTally:
    """
    The answers to an item in an earlier wave, by code, without those who gave them.

    Attributes:
        item: Code of the item.
        by: Sort of unit; nothing for everybody.
        unit: The unit; nothing for everybody.
        codes: Code → answers, or what they weigh together.
        base: Answers; their sum where left out.
        effective: So many answers of equal weight would tell as much; for weighted answers.
    """

    item: str
    by: str = ""
    unit: str = ""
    codes: FrozenMapping[str, Decimal]
    base: int | None = None
    effective: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = [
            Fault(f"codes.{code}", str(weight), "a whole code, and 0 answers or more")
            for code, weight in self.codes.items()
            if not code.removeprefix("-").isdecimal() or weight < 0
        ]
        if self.effective is None and any(w != w.to_integral_value() for w in self.codes.values()):
            faults.append(Fault("effective", "nothing", "the effective base of weighted answers"))
        if self.effective is not None and self.effective <= 0:
            faults.append(Fault("effective", str(self.effective), "a number above 0"))
        if self.base is not None and self.base < 0:
            faults.append(Fault("base", str(self.base), "0 answers or more"))
        if bool(self.by) != bool(self.unit):
            faults.append(Fault("unit", repr(self.unit), "a unit and its sort, or neither"))
        if faults:
            raise FaultsError(f"the tally of {self.item}", tuple(faults))

    @property
    def answers(self) -> int:
        """How many answers there are; of weighted ones whose base is not told, no fewer."""
        if self.base is not None:
            return self.base
        return int(sum(self.codes.values()) if self.effective is None else self.effective)

    def cells(self) -> dict[int, Cell]:
        """Return the answers as scores are made of them."""
        held = {int(code): float(weight) for code, weight in self.codes.items() if weight}
        if self.effective is None:
            return {code: Cell(int(weight), weight, weight) for code, weight in held.items()}
        # How many answers and which squares are each code's does not matter: their sums do.
        share = sum(held.values()) / float(self.effective)
        rest = max(1, self.answers - len(held) + 1)
        counts = [rest, *[1] * len(held)]
        return {
            code: Cell(n, weight, weight * share)
            for n, (code, weight) in zip(counts, held.items(), strict=False)
        }


def wave_tallies(wave: Wave, items: Sequence[str], by: Sequence[str] = ()) -> tuple[WaveTally, ...]:
    """
    Return what the next wave needs of this one, without its respondents.

    Args:
        wave: The wave; who came by themselves is left out.
        items: Codes of items.
        by: Sorts of units.

    Examples:
        >>> wave = Wave()
        >>> wave.extend({"nps": [10, 10, 3]}, {"branch": ["a", "a", "b"]})
        >>> [(one.unit, dict(one.codes)) for one in wave_tallies(wave, ["nps"], ["branch"])]
        [('', {'3': Decimal('1'), '10': Decimal('2')}), ('a', {'10': Decimal('2')}), \
('b', {'3': Decimal('1')})]
    """
    found = []
    drawn = wave.drawn
    for item in items:
        found.append(_tally(item, "", "", counted(drawn, item).whole, drawn))
        for sort in by:
            units = counted(drawn, item, placed(drawn, sort)).units
            found += [_tally(item, sort, unit, cells, drawn) for unit, cells in units.items()]
    return tuple(found)


def _tally(item: str, by: str, unit: str, cells: object, columns: Columns) -> WaveTally:
    held: dict[int, Cell] = dict(cells)  # type: ignore[call-overload]
    weighted = columns.weights is not None
    square = sum(cell.square for cell in held.values())
    weight = sum(cell.weight for cell in held.values())
    return WaveTally(
        item=item,
        by=by,
        unit=unit,
        codes=FrozenMapping({str(c): rounded(cell.weight, _DIGITS) for c, cell in held.items()}),
        base=sum(cell.n for cell in held.values()),
        effective=rounded(weight * weight / square, _DIGITS) if weighted and square else None,
    )


@attrs.frozen(kw_only=True)
class WaveFacts:
    """
    A wave, and what is asked of it.

    Attributes:
        on: Day the wave was closed; it selects the version.
        respondents: Who answered, and what: rows, or a `Wave` of columns. A decision keeps their
            number and digest, not the rows.
        items: What the answers are to.
        by: Sorts of units that scores are told of, also several with `*` between them, such as
            `branch*product`; every sort there is where left out.
        before: The respondents of the wave before.
        tallies: The same as tallies, for a wave whose respondents are not kept.
        margins: What the weights were made to fit, such as `mode`.
        audience: Who reads the scores: `internal` or `external` readers.
        outcome: Item whose drivers are asked; nothing for none.
        drivers: Items that may go with it.
    """

    on: date
    respondents: Wave
    items: tuple[WaveItem, ...] = ()
    by: tuple[str, ...] | None = None
    before: Wave | None = None
    tallies: tuple[WaveTally, ...] = ()
    margins: tuple[str, ...] = ()
    audience: Literal["internal", "external"] = "internal"
    outcome: str = ""
    drivers: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        for wave in (self.respondents, self.before):
            if wave is not None:
                wave.close()
        faults = [*item_faults(self.items), *self._faults()]
        if faults:
            raise FaultsError("a wave", tuple(faults))

    def _faults(self) -> Iterator[Fault]:
        if self.before is not None and self.tallies:
            yield Fault("tallies", "tallies beside rows", "one of the two for the wave before")
        if bool(self.outcome) != bool(self.drivers):
            yield Fault("drivers", "one without the other", "an outcome and drivers, or neither")
        seen: set[tuple[str, str, str]] = set()
        for place, tally in enumerate(self.tallies):
            key = (tally.item, tally.by, tally.unit)
            if key in seen:
                yield Fault(f"tallies[{place}]", repr(key), "each item and unit once")
            seen.add(key)
        known = self.sorts
        for place, by in enumerate(self.by or ()):
            for part in by.split("*"):
                if part not in known and len(self.respondents):
                    near = near_names(part, known)
                    yield Fault(f"by[{place}]", repr(by), "sorts of units of the wave", near)
            if by in (self.by or ())[:place] or len(set(by.split("*"))) < len(by.split("*")):
                yield Fault(f"by[{place}]", repr(by), "each sort once")

    @property
    def told_by(self) -> tuple[str, ...]:
        """The sorts of units that scores are told of."""
        return self.respondents.drawn.sorts if self.by is None else self.by

    @property
    def sorts(self) -> tuple[str, ...]:
        """The sorts of units that respondents have."""
        return tuple(sorted({*self.respondents.drawn.sorts, *self.respondents.self_selected.sorts}))


def code_faults(facts: WaveFacts) -> Iterator[Fault]:
    """Yield what is wrong with answers, now that the items are known."""
    known = {item.code: item for item in facts.items}
    for name, wave in (("respondents", facts.respondents), ("before", facts.before)):
        if wave is None:
            continue
        for apart, columns in ((False, wave.drawn), (True, wave.self_selected)):
            for code, column in columns.answers.items():
                item = known.get(code)
                if item is None:
                    path = f"{name}[{wave.row(0, self_selected=apart)}].answers.{code}"
                    yield Fault(
                        path, "an unknown item", "an item of the wave", near_names(code, known)
                    )
                    continue
                low, high = item.ends
                wrong = {c for c in set(column) if not low <= c <= high and missing_code(c) is None}
                places = [place for place, c in enumerate(column) if c in wrong] if wrong else []
                for place in places[:_ROWS]:
                    row = wave.row(place, self_selected=apart)
                    wanted = f"a code from {low} to {high}, or why there is none"
                    yield Fault(f"{name}[{row}].answers.{code}", str(column[place]), wanted)
    for place, tally in enumerate(facts.tallies):
        item = known.get(tally.item)
        if item is None:
            near = near_names(tally.item, known)
            yield Fault(f"tallies[{place}].item", repr(tally.item), "an item of the wave", near)
        elif not {int(c) for c in tally.codes} <= {*range(item.ends[0], item.ends[1] + 1)}:
            wanted = f"codes from {item.ends[0]} to {item.ends[1]}"
            yield Fault(f"tallies[{place}].codes", ", ".join(tally.codes), wanted)
    for path, code in [
        ("outcome", facts.outcome),
        *((f"drivers[{n}]", code) for n, code in enumerate(facts.drivers)),
    ]:
        if code and code not in known:
            yield Fault(path, repr(code), "an item of the wave", near_names(code, known))
    if facts.outcome in facts.drivers and facts.outcome:
        yield Fault("drivers", repr(facts.outcome), "items beside the outcome")
    if len(set(facts.drivers)) < len(facts.drivers):
        yield Fault("drivers", "an item twice", "each item once")


def counted_before(facts: WaveFacts, item: str, by: str) -> Counted | None:
    """Return the answers to an item in the wave before, by unit; None where there was no wave."""
    if facts.before is not None:
        drawn = facts.before.drawn
        return counted(drawn, item, placed(drawn, by) if by else None)
    held = [tally for tally in facts.tallies if tally.item == item and tally.by in ("", by)]
    if not held:
        return None
    whole = next((tally.cells() for tally in held if not tally.by), {})
    return Counted(whole, {tally.unit: tally.cells() for tally in held if tally.by})
