"""
A wave of answers, column by column, so that a million of them take a few bytes each.

Codes are kept in two bytes, weights in eight, units as numbers into a list of their names. What
customers sent in by themselves stands apart from what the drawn sample answered, from the first
row on, so that nothing can be reckoned over both by mistake.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import compress, repeat
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import RefusedError, named
from bankservice.core.schema import Forms, Schema, closed
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.waves.coding import (
    NOT_SHOWN,
    check_names,
    code_column,
    flag_column,
    weight_column,
)

__all__ = ["MODE", "Columns", "Wave"]

MODE: Final = "mode"
"""The unit that a respondent's mode, such as an app or a call, is kept as."""

_KEYS: Final = ("answers", "units", "mode", "weight", "self_selected", "respondent")


class Columns:
    """
    The columns of respondents of one sort.

    Attributes:
        n: How many they are.
        weights: Their weights; None where they have none.
        answers: Item → codes, with a code far below zero where there is no answer.
        units: Sort of unit → its names and, for each respondent, the place of its name, from 1; 0
            for none.
    """

    __slots__ = ("_names", "answers", "n", "units", "weights")

    def __init__(self) -> None:
        self.n = 0
        self.weights: array[float] | None = None
        self.answers: dict[str, array[int]] = {}
        self.units: dict[str, array[int]] = {}
        self._names: dict[str, dict[str, int]] = {}

    def names(self, by: str) -> tuple[str, ...]:
        """Return the names of units of a sort, in the order they came."""
        return tuple(self._names.get(by, ()))

    @property
    def sorts(self) -> tuple[str, ...]:
        """The sorts of units that some of them are in."""
        return tuple(sorted(by for by, names in self._names.items() if names))

    def weighted(self, weights: array[float]) -> Columns:
        """Return the same columns with other weights."""
        found = Columns()
        found.n, found.weights = self.n, weights
        found.answers, found.units, found._names = self.answers, self.units, self._names
        return found

    def extend(
        self,
        n: int,
        answers: Mapping[str, array[int]],
        units: Mapping[str, Sequence[str]],
        weights: array[float] | None,
    ) -> None:
        """Add *n* respondents, whose columns have been checked."""
        for item in self.answers.keys() | answers.keys():
            column = self.answers.get(item)
            if column is None:
                column = self.answers[item] = array("h", repeat(NOT_SHOWN, self.n))
            column.extend(answers.get(item) or array("h", repeat(NOT_SHOWN, n)))
        for by in self.units.keys() | units.keys():
            places = self.units.get(by)
            if places is None:
                places = self.units[by] = array("i", bytes(4 * self.n))
            names = self._names.setdefault(by, {})
            found = units.get(by)
            if found is None:
                places.extend(array("i", bytes(4 * n)))
                continue
            for name in dict.fromkeys(found):
                if name and name not in names:
                    names[name] = len(names) + 1
            places.extend(array("i", map({"": 0, **names}.__getitem__, found)))
        if weights is not None:
            self.weights = self.weights if self.weights is not None else array("d")
            self.weights.extend(weights)
        self.n += n

    def digest_into(self, digest: Any) -> None:
        """Feed what the columns hold to a digest, the same on every machine."""
        digest.update(f"{self.n}\0".encode())
        # What nobody was shown, or nobody is in, is nothing: however the wave was put together.
        for item in sorted(self.answers):
            if self.answers[item].count(NOT_SHOWN) == self.n:
                continue
            digest.update(f"answers\0{item}\0".encode() + _bytes(self.answers[item]))
        for by in self.sorts:
            names = "\0".join(self.names(by))
            digest.update(f"units\0{by}\0{names}\0".encode() + _bytes(self.units[by]))
        if self.weights is not None:
            digest.update(b"weights\0" + _bytes(self.weights))


def _bytes(column: array[Any]) -> bytes:
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


class Wave:
    """
    The respondents of a wave.

    Rows are added one by one, or many as columns, until the wave is first judged: from then on it
    cannot change, and its digest stands for it.

    Examples:
        >>> wave = Wave()
        >>> wave.add({"nps": 9, "speed": "dont-know"}, {"branch": "pudong"}, weight="0.8")
        >>> wave.extend({"nps": [10, 3]}, {"branch": ["pudong", "jingan"]}, weights=[1.2, 1])
        >>> len(wave), wave.drawn.names("branch")
        (3, ('pudong', 'jingan'))
    """

    def __init__(self) -> None:
        """Start empty."""
        self.drawn = Columns()
        self.self_selected = Columns()
        self._apart = bytearray()
        self._ids: dict[str, int] = {}
        self._digest: str | None = None
        self._closed = False

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Wave:
        if isinstance(raw, (str, bytes, Mapping)) or not isinstance(raw, Iterable):
            raise RefusedError(raw, "a list of respondents")
        wave, faults = cls(), list[Fault]()
        for place, row in enumerate(raw):
            try:
                wave._add_row(row)
            except FaultsError as error:
                faults += [_at(f"[{place}]", fault) for fault in error.faults]
        if faults:
            raise FaultsError("respondents", tuple(faults))
        return wave

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        if forms.form == "written":  # a decision keeps what stands for the wave
            digest = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
            parts = {"respondents": {"type": "integer"}, "digest": digest}
            return closed(parts, parts)
        answers, units = FrozenMapping[str, int | Missing] | None, FrozenMapping[str, str] | None
        kinds = (answers, units, str | None, Decimal | None, bool, str)
        row = closed(dict(zip(_KEYS, map(forms.of, kinds), strict=True)))
        return {"type": "array", "items": row}

    def __written__(self) -> dict[str, Any]:
        return {"respondents": len(self), "digest": self.digest}

    def __len__(self) -> int:
        return len(self._apart)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wave) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Wave({len(self)} respondents)"

    @property
    def digest(self) -> str:
        """What stands for the wave in a decision; taking it closes the wave."""
        if self._digest is None:
            self.close()
            found = hashlib.sha256(bytes(self._apart))
            self.drawn.digest_into(found)
            self.self_selected.digest_into(found)
            self._digest = found.hexdigest()[:32]
        return self._digest

    def row(self, place: int, *, self_selected: bool = False) -> int:
        """Return the place among all respondents of one among those of its sort."""
        flags = self._apart if self_selected else bytes(1 - each for each in self._apart)
        return next(row for n, row in enumerate(compress(range(len(self)), flags)) if n == place)

    def add(
        self,
        answers: Mapping[str, int | str | Missing],
        units: Mapping[str, str] | None = None,
        *,
        mode: str = "",
        weight: Decimal | float | str | None = None,
        self_selected: bool = False,
        respondent: str = "",
    ) -> None:
        """
        Add one respondent.

        Args:
            answers: Item → a code, or why there is none; an item left out was not shown.
            units: Sort of unit → its name, such as `{"branch": "pudong"}`.
            mode: How the answers came, such as `app` or `phone`.
            weight: Weight, 0 or more; left out for all or for none.
            self_selected: Whether nobody drew this respondent: an open link, a box, a code on a wall.
            respondent: An id; the same one twice is refused.

        Raises:
            FaultsError: If something cannot be taken, or the wave was judged already.
        """
        row = {"answers": answers, "units": dict(units or {}), "mode": mode, "weight": weight}
        self._add_row({**row, "self_selected": self_selected, "respondent": respondent})

    def _add_row(self, row: Any) -> None:
        if not isinstance(row, Mapping):
            raise _refused("", row, "a table with " + ", ".join(_KEYS))
        faults = [
            Fault(str(key), "an unknown key", "one of " + ", ".join(_KEYS), near_names(key, _KEYS))
            for key in row
            if key not in _KEYS
        ]
        parts = {name: {} if row.get(name) is None else row[name] for name in ("answers", "units")}
        for name, part in parts.items():
            if not isinstance(part, Mapping):
                raise _refused(name, part, "a table")
        held: dict[str, Sequence[Any]] = {str(by): [name] for by, name in parts["units"].items()}
        if row.get("mode") not in (None, ""):
            held[MODE] = [row["mode"]]
        apart, who = row.get("self_selected", False), row.get("respondent", "")
        if type(apart) is not bool:
            faults.append(Fault("self_selected", named(apart), "true or false"))
        if type(who) is not str:
            faults.append(Fault("respondent", named(who), "text"))
        if faults:
            raise FaultsError("a respondent", tuple(faults))
        weight = row.get("weight")
        try:
            self._extend(
                {str(item): [code] for item, code in parts["answers"].items()},
                held,
                None if weight is None else [weight],
                [apart],
                [who] if who else (),
                1,
            )
        except FaultsError as error:
            # One row needs no number: its caller knows it.
            bare = [
                attrs.evolve(fault, path=fault.path.removesuffix("[0]")) for fault in error.faults
            ]
            raise FaultsError("a respondent", tuple(bare)) from None

    def extend(
        self,
        answers: Mapping[str, Sequence[int | str | Missing]],
        units: Mapping[str, Sequence[str]] | None = None,
        *,
        weights: Sequence[Decimal | float | str] | None = None,
        self_selected: Sequence[bool] | None = None,
        respondents: Sequence[str] = (),
    ) -> None:
        """
        Add respondents by columns of one length.

        Args:
            answers: Item → codes, or why there is none.
            units: Sort of unit → names, empty for none; modes are the unit `mode`.
            weights: Weights; left out for none.
            self_selected: Who of them nobody drew; left out where all were drawn.
            respondents: Ids; left out for none.

        Raises:
            FaultsError: If something cannot be taken, with its row; then nothing was added.
        """
        columns: list[Sequence[Any]] = [*answers.values(), *(units or {}).values()]
        columns += [each for each in (weights, self_selected, respondents) if each]
        n = len(columns[0]) if columns else 0
        self._extend(answers, units or {}, weights, self_selected, respondents, n)

    def _extend(
        self,
        answers: Mapping[str, Sequence[Any]],
        units: Mapping[str, Sequence[str]],
        weights: Sequence[Any] | None,
        self_selected: Sequence[bool] | None,
        respondents: Sequence[str],
        n: int,
    ) -> None:
        self._check_open()
        faults: list[Fault] = []
        codes = {
            item: code_column(f"answers.{item}", each, n, faults) for item, each in answers.items()
        }
        for by, names in units.items():
            check_names(f"units.{by}", names, n, faults)
        apart = flag_column(self_selected, n, faults)
        held = None if weights is None else weight_column(weights, n, faults)
        self._check_weighing(weights is not None, apart, faults)
        self._check_ids(respondents, n, faults)
        if faults:
            raise FaultsError("respondents", tuple(faults))
        for sort, flags in (
            (self.drawn, bytes(1 - each for each in apart)),
            (self.self_selected, apart),
        ):
            some = sum(flags)
            if some == n:
                sort.extend(n, codes, units, held)
            elif some:
                sort.extend(
                    some,
                    {item: array("h", compress(column, flags)) for item, column in codes.items()},
                    {by: list(compress(column, flags)) for by, column in units.items()},
                    None if held is None else array("d", compress(held, flags)),
                )
        self._ids.update(zip(respondents, range(len(self), len(self) + n), strict=False))
        self._apart += apart

    def close(self) -> None:
        """Let nothing be added any more; what a decision looked at does not change."""
        self._closed = True

    def weighted(self, weights: array[float]) -> Wave:
        """
        Return the wave with other weights, one for each drawn respondent, in their order.

        Both share their columns, so that neither can be added to any more.
        """
        assert len(weights) == self.drawn.n, "a weight for each drawn respondent"
        found = Wave()
        found.drawn = self.drawn.weighted(weights)
        found.self_selected, found._apart, found._ids = self.self_selected, self._apart, self._ids
        for wave in (self, found):
            wave.close()
        return found

    def shares(self, other: Wave) -> bool:
        """Tell whether a respondent of the two is the same one, as far as ids tell."""
        return not self._ids.keys().isdisjoint(other._ids)

    def _check_open(self) -> None:
        if self._closed:
            wanted = "a new wave: what was judged stands"
            raise FaultsError(
                "respondents", (Fault("", "one more after the wave was judged", wanted),)
            )

    def _check_weighing(self, weighed: bool, apart: bytes, faults: list[Fault]) -> None:
        for flag, sort in ((0, self.drawn), (1, self.self_selected)):
            if flag in apart and sort.n and (sort.weights is not None) != weighed:
                got = "a weight" if weighed else "nothing"
                wanted = "no weight, as those before" if weighed else "a weight, as those before"
                faults.append(Fault("weight", got, wanted))

    def _check_ids(self, respondents: Sequence[str], n: int, faults: list[Fault]) -> None:
        if respondents and len(respondents) != n:
            faults.append(Fault("respondent", f"{len(respondents)} rows", f"{n}, as elsewhere"))
        seen: dict[str, int] = {}
        for place, who in enumerate(respondents):
            before = self._ids.get(who, seen.get(who, -1) + len(self) if who in seen else None)
            if before is not None:
                wanted = f"a respondent once; row {before} is the same one"
                faults.append(Fault(f"respondent[{place}]", named(who), wanted))
            seen.setdefault(who, place)


def _at(place: str, fault: Fault) -> Fault:
    path = f"{place}.{fault.path}" if fault.path else place
    return attrs.evolve(fault, path=path)


def _refused(path: str, got: object, wanted: str) -> FaultsError:
    return FaultsError("a respondent", (Fault(path, named(got), wanted),))
