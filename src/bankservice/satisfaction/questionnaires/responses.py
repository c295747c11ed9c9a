"""The answers of one sheet as they came in: by question, or as rows, in which one may come twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of, closed
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import Missing

__all__ = ["Responses"]

_KEYS: Final = ("question", "answer")
_WANTED: Final = "a whole number, text, true or false, a list, a table, or nothing; no float"
_DIGITS: Final = 40
_ROWS: Final = "answers by question, or rows of question and answer"


@attrs.frozen(slots=False)
class Responses:
    """
    What was answered, as it stands: nothing is read into it yet.

    Attributes:
        given: Question and answer, in the order they came. Numbers with a point and days stand as
            text, as JSON writes them.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> FACTS.read({"recommend": 9}, Responses, "answers").given
        (('recommend', 9),)
        >>> twice = [{"question": "recommend", "answer": 9}, {"question": "recommend"}]
        >>> FACTS.read(twice, Responses, "answers").by_question["recommend"]
        (9, None)
    """

    given: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> Responses:
        faults: list[Fault] = []
        given: list[tuple[str, Any]] = []
        if isinstance(raw, Mapping):
            for question, answer in raw.items():
                _add(question, answer, str(question), given, faults)
        elif isinstance(raw, Iterable) and not isinstance(raw, (str, bytes)):
            for place, row in enumerate(raw):
                _add_row(row, f"[{place}]", given, faults)
        else:
            faults.append(Fault("", named(raw), _ROWS))
        if faults:
            raise FaultsError("answers", tuple(faults))
        return cls(tuple(given))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        row = closed({"question": {"type": "string", "minLength": 1}, "answer": {}}, ["question"])
        return any_of([forms.table({}), {"type": "array", "items": row}])

    def __written__(self) -> Any:
        if len(self.by_question) == len(self.given):
            return {question: to_json(answer) for question, answer in self.given}
        return [{"question": name, "answer": to_json(answer)} for name, answer in self.given]

    @cached_property
    def by_question(self) -> Mapping[str, tuple[Any, ...]]:
        """Every answer to each question; more than one where a question came twice."""
        found: dict[str, tuple[Any, ...]] = {}
        for question, answer in self.given:
            found[question] = (*found.get(question, ()), answer)
        return found


def _add_row(row: Any, path: str, given: list[tuple[str, Any]], faults: list[Fault]) -> None:
    if not isinstance(row, Mapping):
        faults.append(Fault(path, named(row), "a table of question and answer"))
        return
    unknown = [str(key) for key in row if key not in _KEYS]
    for key in unknown:
        wanted = "question, answer"
        faults.append(Fault(f"{path}.{key}", "an unknown key", wanted, near_names(key, _KEYS)))
    if not unknown:
        _add(row.get("question"), row.get("answer"), f"{path}.answer", given, faults)


def _add(
    question: Any, answer: Any, path: str, given: list[tuple[str, Any]], faults: list[Fault]
) -> None:
    if not isinstance(question, str) or not question:
        where = path.removesuffix("answer") + "question" if path.endswith(".answer") else path
        faults.append(Fault(where, named(question), "the code of a question"))
        return
    try:
        given.append((question, _kept(answer)))
    except TypeError:
        faults.append(Fault(path, named(answer), _WANTED))


def _kept(answer: Any) -> Any:
    """Return an answer as JSON would give it back, so that a decision can be made again."""
    if answer is None or type(answer) in (int, bool, str):
        return answer
    if isinstance(answer, Missing):
        return answer.value
    if isinstance(answer, Decimal):
        # With its zeros: 4.0 is no whole number that somebody chose.
        return format(answer, "f") if abs(answer.adjusted()) <= _DIGITS else str(answer)
    if isinstance(answer, date):
        return str(to_json(answer))
    if isinstance(answer, (list, tuple)):
        return tuple(_kept(part) for part in answer)
    if isinstance(answer, Mapping):
        return FrozenMapping({str(key): _kept(part) for key, part in answer.items()})
    raise TypeError(answer)
