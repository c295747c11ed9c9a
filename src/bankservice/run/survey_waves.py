"""
Sheets → a wave: who counts, in which units, with which weight.

Categories come from the answers themselves, else from the register. Answers are weighted to the
targets by raking and trimmed at the cap of the policy; where that cannot be done they keep the
weights they came with, and why is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import attrs
import polars as pl

from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.run.register import Register
from bankservice.run.rows import SCALE
from bankservice.run.survey_plan import Surveyed
from bankservice.run.survey_sheets import Sheets
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.channels import use_of
from bankservice.satisfaction.waves.columns import MODE, Wave
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.weights.capping import TrimmingFacts, trimmed_weights
from bankservice.satisfaction.weights.raking import RakingFacts, raking
from bankservice.satisfaction.weights.respondents import Respondents

__all__ = ["Members", "People", "Weighed", "members_of"]

Why = Literal["no-targets", "not-raked", "not-converged", "nobody"]
"""Why answers were not weighted to targets."""


@attrs.frozen(kw_only=True)
class Weighed:
    """
    How the answers of a wave were weighted.

    Attributes:
        why: Why they were not weighted to targets; None where they were.
        lacking: What cannot be met, as margin and category.
        trimmed: How many weights were cut to the cap.
        cycles: How often the margins were gone through.
        worst_error: The worst relative error of a margin after trimming.
        worst_margin: Where it is.
        unknown: Margin → answers whose category is not known.
    """

    why: Why | None = None
    lacking: tuple[str, ...] = ()
    trimmed: int = 0
    cycles: int = 0
    worst_error: Decimal | None = None
    worst_margin: str = ""
    unknown: FrozenMapping[str, int] = FrozenMapping()


@attrs.frozen(eq=False, kw_only=True)
class Members:
    """
    The respondents of a wave.

    Attributes:
        codes: Scored question → their answers; why there is none, or that it was not shown.
        drawn: Of each, whether the bank had asked.
        units: Sort → the unit of each; empty for none.
        weights: What each weighs; None where all weigh the same.
        weighed: How that came about.
        days: Day each sheet was handed in.
        silent: Sheets on which no scored question is answered; they count for nothing.
        set_aside: Sheets over channels that are for themes and words alone.
    """

    codes: Mapping[str, Sequence[int | Missing]]
    drawn: tuple[bool, ...]
    units: Mapping[str, Sequence[str]]
    weights: tuple[Decimal, ...] | None
    weighed: Weighed
    days: tuple[date, ...] = ()
    silent: int = 0
    set_aside: int = 0

    def __len__(self) -> int:
        return len(self.drawn)

    def wave(self, items: Iterable[str]) -> Wave:
        """Return the wave, as its rule takes it, with answers to some items."""
        wave = Wave()
        if self.drawn:
            wave.extend(
                {code: self.codes[code] for code in items},
                self.units,
                weights=self.weights,
                self_selected=[not drawn for drawn in self.drawn],
            )
        return wave

    def asked(self, code: str) -> list[int | Missing]:
        """Return the answers to a question of those the bank had asked."""
        pairs = zip(self.codes[code], self.drawn, strict=True)
        return [answer for answer, drawn in pairs if drawn]

    @property
    def asked_weights(self) -> tuple[Decimal, ...] | None:
        """The weights of those the bank had asked."""
        if self.weights is None:
            return None
        return tuple(w for w, drawn in zip(self.weights, self.drawn, strict=True) if drawn)


class People:
    """What the register tells of who answered, and of all customers together."""

    def __init__(self, held: Surveyed, register: Register) -> None:
        """Look at the register."""
        self._told = held.told
        self._customers = register.customers
        self._places = {who: n for n, who in enumerate(register.customers["customer"])}
        self._columns: dict[tuple[str, date], list[str | None]] = {}
        self._targets: dict[date, dict[str, dict[str, Decimal]]] = {}

    def tells(self, name: str) -> bool:
        """Whether the register tells a category of customers."""
        needed = "born_on" if name == "age" else name
        return needed in self._customers.columns and bool(self._places)

    def of(self, name: str, customers: Iterable[str | None], on: date) -> list[str | None]:
        """Return a category of customers on a day, null where not known."""
        column = self._column(name, on)
        return [
            None if who is None or who not in self._places else column[self._places[who]]
            for who in customers
        ]

    def _column(self, name: str, on: date) -> list[str | None]:
        if (name, on) not in self._columns:
            self._columns[name, on] = list(self._categories(name, on))
        return self._columns[name, on]

    def _categories(self, name: str, on: date) -> Iterable[str | None]:
        if name == "age":
            born = self._customers["born_on"].to_list()
            years = [None if day is None else _years(day, on) for day in born]
            return [_banded(age, self._told.ages) for age in years]
        if name == "income":
            unit = 10**SCALE
            incomes = self._customers["income"].to_list()
            return [
                _banded(None if held is None else held // unit, self._told.incomes)
                for held in incomes
            ]
        return self._customers[name].to_list()

    def targets(self, on: date) -> Mapping[str, Mapping[str, Decimal]]:
        """Return the margins of the population: those stated, and those counted on a day."""
        if on not in self._targets:
            found = {name: dict(held) for name, held in self._told.targets.items()}
            for name in self._told.population:
                here = Counter(self._present(name, on))
                found[name] = {str(code): Decimal(count) for code, count in sorted(here.items())}
            self._targets[on] = found
        return self._targets[on]

    def _present(self, name: str, on: date) -> Iterable[str]:
        """Yield the category of everybody who is a customer on a day, where it is known."""
        gone = self._customers["ended_on"].to_list()
        for category, ended in zip(self._column(name, on), gone, strict=True):
            if category is not None and (ended is None or ended > on):
                yield category


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _banded(value: int | None, bounds: Sequence[int]) -> str | None:
    """Return the band of a number: `-29`, `30-44`, `45-`."""
    if value is None:
        return None
    below = [bound for bound in bounds if bound <= value]
    above = [bound for bound in bounds if bound > value]
    low = str(below[-1]) if below else ""
    return f"{low}-{above[0] - 1}" if above else f"{low}-"


def members_of(
    sheets: Sheets, held: Surveyed, people: People, reporting: Reporting, on: date
) -> Members:
    """
    Return the respondents of a wave.

    Args:
        sheets: The sheets handed in so far.
        held: What is asked.
        people: What the register tells.
        reporting: The policy in force.
        on: Day the wave was closed.
    """
    uses = _uses(sheets)
    answered = [
        any(type(column[place]) is int for column in sheets.codes.values())
        for place in range(sheets.rows.height)
    ]
    keep = [said and use != "qualitative" for said, use in zip(answered, uses, strict=True)]
    rows = sheets.rows.filter(pl.Series(keep, dtype=pl.Boolean))
    codes = {
        code: [
            Missing.NOT_SHOWN if answer is None else answer
            for answer, kept in zip(column, keep, strict=True)
            if kept
        ]
        for code, column in sheets.codes.items()
    }
    came = _column(rows, "self_selected")
    drawn = tuple(
        flag != "yes" and (flag == "no" or use != "self-selected")
        for flag, use in zip(
            came, (use for use, kept in zip(uses, keep, strict=True) if kept), strict=True
        )
    )
    weights, weighed = _weighed(rows, drawn, held, people, reporting, on)
    return Members(
        codes=codes,
        drawn=drawn,
        units=_units(rows, held, people, on),
        weights=weights,
        weighed=weighed,
        days=tuple(rows["day"]),
        silent=answered.count(False),
        set_aside=sum(
            said and use == "qualitative" for said, use in zip(answered, uses, strict=True)
        ),
    )


def _column(rows: pl.DataFrame, name: str) -> list[Any]:
    return rows[name].to_list() if name in rows.columns else [None] * rows.height


def _uses(sheets: Sheets) -> list[str]:
    """Return what each sheet may be used for, by its channel."""
    tree = sheets.sheet.channels
    known: dict[str | None, str] = {None: "scored"}
    found = []
    for code in _column(sheets.rows, "channel"):
        if code not in known:
            known[code] = (use_of(tree, code) if code in tree else None) or "scored"
        found.append(known[code])
    return found


def _units(rows: pl.DataFrame, held: Surveyed, people: People, on: date) -> dict[str, list[str]]:
    """Return the units of respondents, by sort; who is in none has an empty name."""
    wanted = dict.fromkeys(part for sort in held.units for part in sort.split("*"))
    if MODE in rows.columns:
        wanted[MODE] = None
    found = {}
    for name in wanted:
        told = _category(rows, name, people, on)
        # A star parts two sorts of units, so that it may not stand in a name.
        found[name] = ["" if each is None else each.replace("*", "-") for each in told]
    return found


def _category(rows: pl.DataFrame, name: str, people: People, on: date) -> list[str | None]:
    """Return a category of each sheet: as the answers tell it, else as the register does."""
    told = _column(rows, name)
    if not people.tells(name) or all(each is not None for each in told):
        return told
    known = people.of(name, rows["customer"].to_list(), on)
    return [own if own is not None else held for own, held in zip(told, known, strict=True)]


# -- weights -----------------------------------------------------------------------------------


def _weighed(
    rows: pl.DataFrame,
    drawn: Sequence[bool],
    held: Surveyed,
    people: People,
    reporting: Reporting,
    on: date,
) -> tuple[tuple[Decimal, ...] | None, Weighed]:
    own = _own(rows)
    margins = people.targets(on)
    if not margins:
        return own, Weighed(why="no-targets")
    if not any(drawn):
        return own, Weighed(why="nobody")
    categories = {name: _category(rows, name, people, on) for name in margins}
    asked = [place for place, kept in enumerate(drawn) if kept]
    respondents = Respondents(
        tuple(
            FrozenMapping({name: column[place] for name, column in categories.items()})
            for place in asked
        )
    )
    start = None if own is None else tuple(own[place] for place in asked)
    targets = FrozenMapping({name: FrozenMapping(held) for name, held in margins.items()})
    try:
        facts = RakingFacts(respondents=respondents, targets=targets, start=start)
        raked = raking.decide(facts).outcome
        if raked.why is not None:
            return own, Weighed(why="not-converged", unknown=raked.unknown)
        trimming = TrimmingFacts(
            weights=raked.weights,
            cap=reporting.weights.cap,
            respondents=respondents,
            targets=targets,
            rerake=True,
        )
        cut = trimmed_weights.decide(trimming).outcome
    except FaultsError as error:
        # What cannot be met is a fact of the sample, and none of the file: it is told, and answers
        # count as they came.
        lacking = dict.fromkeys(fault.path.removeprefix("targets.") for fault in error.faults)
        return own, Weighed(why="not-raked", lacking=tuple(lacking))
    weights = [Decimal(1)] * len(drawn)
    for place, weight in zip(asked, cut.weights, strict=True):
        weights[place] = weight
    return tuple(weights), Weighed(
        trimmed=cut.trimmed,
        cycles=raked.cycles,
        worst_error=cut.worst_error,
        worst_margin=cut.worst_margin or "",
        unknown=raked.unknown,
    )


def _own(rows: pl.DataFrame) -> tuple[Decimal, ...] | None:
    """Return the weights the answers came with; who has none among those who do weighs 1."""
    told = _column(rows, "weight")
    if all(each is None for each in told):
        return None
    return tuple(Decimal(1) if each is None else Decimal(each) for each in told)
