"""How types become JSON Schemas: each form a type is written in, said by the class itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bankservice.core.calendar import Period
from bankservice.core.conditions import Condition, read_condition
from bankservice.core.docstring import own_doc, told_of
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import Amount
from bankservice.core.schema import DIALECT, Forms, Schema, any_of, closed, one_or_list
from bankservice.core.structure import FACTS, POLICY
from bankservice.core.unknown import UnknownType
from bankservice.worktime import Duration


class Grade(Enum):
    """A choice."""

    HIGH = "high"
    LOW = "low"


class Name(str):
    """Text of a class of its own."""


@attrs.frozen(kw_only=True)
class Row:
    """
    A row of a table.

    Attributes:
        code: Stable code.
        step: How far
            each time.
    """

    code: str
    step: int = 1
    empty: str = ""
    many: tuple[str, ...] = ()
    made: FrozenMapping[str, str] = attrs.field(factory=FrozenMapping)
    reckoned: int = attrs.field(init=False, default=0)
    below: Row | None = None


@attrs.frozen
class Told:
    """An outcome that lists what people see, a property among it."""

    shown: ClassVar[tuple[str, ...]] = ("code", "twice", "bare")

    code: str
    hidden: int = 0

    @property
    def twice(self) -> Decimal:
        """Twice
        the number."""
        return Decimal(2)

    @property
    def bare(self) -> int:
        return 1


@attrs.frozen
class Plain:
    seen: date
    _kept: int = 0


@attrs.frozen
class ByName(Mapping[str, Row]):
    """Rows by name."""

    held: FrozenMapping[str, Row] = FrozenMapping()

    def __getitem__(self, key: str) -> Row:
        return self.held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


class NoParts(Mapping):  # type: ignore[type-arg]
    """A mapping that does not say what it holds."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@attrs.frozen
class OwnForm:
    """A class with a form of its own."""

    word: str = ""

    @classmethod
    def __read__(cls, raw: Any, reader: object) -> OwnForm:
        return cls(raw)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return {**one_or_list(forms.of(str)), "description": "Its own words."}


@attrs.frozen
class Silent:
    """A class with a form of its own that it does not tell."""

    @classmethod
    def __read__(cls, raw: Any, reader: object) -> Silent:
        return cls()


def fits(schema: Schema, value: object) -> bool:
    """Tell whether a value fits a schema."""
    return bool(Draft202012Validator(schema).is_valid(value))


class TestTypes:
    """Each type that the house reads and writes has a schema in each form."""

    @pytest.mark.parametrize(
        ("kind", "schema"),
        [
            (str, {"type": "string"}),
            (Name, {"type": "string"}),
            (bool, {"type": "boolean"}),
            (int, {"type": "integer"}),
            (Any, {}),
            (Grade, {"enum": ["high", "low"]}),
            (Literal["a", 2], {"enum": ["a", 2]}),
            (UnknownType, {"enum": ["unknown"]}),
            (tuple[str, ...], {"type": "array", "items": {"type": "string"}}),
            (
                tuple[str, bool],
                {
                    "type": "array",
                    "prefixItems": [{"type": "string"}, {"type": "boolean"}],
                    "minItems": 2,
                    "items": False,
                },
            ),
            (
                FrozenMapping[str, bool],
                {"type": "object", "additionalProperties": {"type": "boolean"}},
            ),
            (FrozenMapping[str, Any], {"type": "object", "additionalProperties": True}),
            (str | bool, {"type": ["string", "boolean"]}),
        ],
        ids=str,
    )
    def test_type(self, kind: Any, schema: Schema) -> None:
        """A plain type, a choice, a list, a table, one of several."""
        assert schema == Forms("policy").of(kind)

    def test_nothing_stands_in_json_only(self) -> None:
        """TOML has no nothing: there a key is left out; in JSON it may be null."""
        assert {"type": "string"} == Forms("policy").of(str | None)
        assert {"type": ["string", "null"]} == Forms("facts").of(str | None)

    def test_numbers_stand_as_text_in_facts(self) -> None:
        """A whole number may be text in facts, not in a policy; a decimal in both."""
        assert [True, False] == [fits(Forms(form).of(int), "7") for form in ("facts", "policy")]
        assert [True, True] == [
            fits(Forms(form).of(Decimal), "0.5") for form in ("facts", "policy")
        ]
        assert fits(Forms("policy").of(Fraction), "1/3")
        assert not fits(Forms("policy").of(Decimal), "1/3")

    def test_outcomes_are_printed_one_way(self) -> None:
        """A decimal or a quotient is text in an outcome, a whole number is none."""
        shown = Forms("shown")

        assert [True, False] == [fits(shown.of(Decimal), held) for held in ("0.5", 0.5)]
        assert [True, True, False] == [fits(shown.of(Fraction), h) for h in ("1/3", "2", 2)]
        assert [True, False] == [fits(shown.of(int), held) for held in (2, "2")]

    def test_times(self) -> None:
        """A day, an instant with its offset, a local time; those of pendulum as the plain ones."""
        forms = Forms("facts")

        assert [True, False] == [fits(forms.of(date), d) for d in ("2026-01-31", "31.1.2026")]
        instants = ("2026-01-31T10:00:00+08:00", "2026-01-31T10:00Z", "2026-01-31T10:00:00")
        assert [True, True, False] == [fits(forms.of(datetime), held) for held in instants]
        assert [True, False] == [fits(forms.of(time), held) for held in ("17:00", "5 pm")]
        assert forms.of(date) == forms.of(pendulum.Date)
        assert forms.of(datetime) == forms.of(pendulum.DateTime)

    @pytest.mark.parametrize("kind", [list, 7, NoParts, Silent], ids=str)
    def test_other_types_are_refused(self, kind: Any) -> None:
        """What has no form here is refused, as is a form of its own that nobody tells."""
        with pytest.raises(TypeError, match=r"no type that has|no __schema__"):
            Forms("facts").of(kind)


WRITTEN = st.text("0123456789PTYMWDHS./+-eE", max_size=10)


@pytest.mark.parametrize("kind", [Decimal, Fraction, Amount, Period, Duration, int])
@given(text=WRITTEN)
def test_patterns_agree_with_what_is_read(kind: Any, text: str) -> None:
    """A text fits the pattern of a type exactly where the reading room takes it."""
    try:
        FACTS.read(text, kind, "text")
        read = True
    except FaultsError as error:
        # Not told by a pattern: more digits than anybody writes, and a divisor that is 0.
        sense = ("digits", "divisor", "characters")
        read = any(word in fault.wanted for fault in error.faults for word in sense)
    forms = Forms("facts")
    schema = forms.whole(forms.of(kind), "text", "Text.")

    assert read == fits(schema, text)


class TestClasses:
    """A class is a table of its fields, said once below `$defs`."""

    def test_table(self) -> None:
        """Types, meanings, defaults that say something, what must be stated, and nothing else."""
        forms = Forms("policy")
        found = forms.of(Row)

        assert {"$ref": "#/$defs/Row"} == found
        assert {
            "description": "A row of a table.",
            "type": "object",
            "properties": {
                "code": {"description": "Stable code.", "type": "string"},
                "step": {"description": "How far each time.", "type": "integer", "default": 1},
                "empty": {"type": "string"},
                "many": {"type": "array", "items": {"type": "string"}},
                "made": {"type": "object", "additionalProperties": {"type": "string"}},
                "below": {"$ref": "#/$defs/Row"},
            },
            "required": ["code"],
            "additionalProperties": False,
        } == forms.defs["Row"]

    def test_two_classes_of_one_name(self) -> None:
        """The second is told apart by its module, forms beside each other by a prefix."""
        other = attrs.make_class("Row", ["code"])
        other.__annotations__ = {"code": int}
        other.__module__ = "somewhere.else_"
        forms = Forms("policy")
        forms.of(Row)
        forms.of(other)
        Forms("facts", beside=forms, prefix="facts.").of(Row)

        assert ["Row", "else_.Row", "facts.Row"] == list(forms.defs)

    def test_class_without_words(self) -> None:
        """What attrs wrote into an empty docstring is no meaning."""
        forms = Forms("policy")
        forms.of(Plain)

        assert "" == own_doc(Plain)
        assert "description" not in forms.defs["Plain"]

    def test_outcome(self) -> None:
        """An outcome has its public fields, or the properties it lists, all of them there."""
        forms = Forms("shown")
        forms.of(Told)
        forms.of(Plain)

        assert ["code", "twice", "bare"] == forms.defs["Told"]["required"]
        assert "Twice the number." == forms.defs["Told"]["properties"]["twice"]["description"]
        assert {"type": "integer"} == forms.defs["Told"]["properties"]["bare"]
        assert ["seen"] == list(forms.defs["Plain"]["properties"])

    def test_class_by_name(self) -> None:
        """A class that is a mapping of its own is a table by name."""
        found = Forms("shown").of(ByName)

        assert {"$ref": "#/$defs/Row"} == found["additionalProperties"]
        assert "Rows by name." == found["description"]

    def test_own_form(self) -> None:
        """A class with a form of its own says it itself, in its own words."""
        forms = Forms("facts")
        forms.of(OwnForm)

        assert [True, True, False] == [fits(forms.defs["OwnForm"], h) for h in ("a", ["a"], 1)]
        assert "Its own words." == forms.defs["OwnForm"]["description"]


class TestConditions:
    """A condition is one comparison, or conditions joined."""

    @pytest.mark.parametrize(
        "raw",
        [
            {"fact": "age", "at_least": 18},
            {"fact": "region", "in": ["east", "west"]},
            {"all": [{"fact": "age", "less_than": 18}, {"not": {"fact": "vip", "equals": True}}]},
            {"any": []},
            {"fact": "age"},
            {"fact": "age", "at_least": 18, "less_than": 60},
            {"fact": "age", "above": 18},
            {"fact": "region", "in": "east"},
            {"fact": 1, "equals": 1},
            {"all": [], "any": []},
            {"not": [{"fact": "vip", "equals": True}]},
            [],
        ],
        ids=str,
    )
    def test_agrees_with_what_is_read(self, raw: Any) -> None:
        """What the policies' own reading refuses, the schema refuses, and nothing else."""
        try:
            read_condition(raw)
            read = True
        except FaultsError:
            read = False
        forms = Forms("policy")

        assert read == fits(forms.whole(forms.of(Condition), "condition", "One."), raw)
        assert forms.of(Condition) == forms.of(Condition | None)


def test_whole() -> None:
    """A whole schema has its dialect, its address beside others, a title, a meaning, its classes."""
    forms = Forms("policy")
    whole = forms.whole(forms.of(Row), "rows", "A row.")

    assert [DIALECT, "rows.json", "rows", "A row.", "#/$defs/Row", ["Row"]] == [
        *(whole[key] for key in ("$schema", "$id", "title", "description", "$ref")),
        list(whole["$defs"]),
    ]
    assert "$defs" not in Forms("policy").whole(closed({}), "none", "Nothing.")


def test_one_of_several() -> None:
    """Choices within a choice are one; one alone is itself."""
    text, few = {"type": "string"}, {"enum": [1, 2]}

    assert {"anyOf": [text, few, {"const": 3}]} == any_of([any_of([text, few]), {"const": 3}])
    assert text == any_of([text])


def test_policy_reader_and_form_agree_on_nothing() -> None:
    """An optional key is left out of a policy, never written as nothing."""
    forms = Forms("policy")
    whole = forms.whole(forms.of(Row), "rows", "A row.")

    assert [True, False] == [fits(whole, raw) for raw in ({"code": "A"}, {"code": None})]
    assert Row(code="A") == POLICY.read({"code": "A"}, Row, "row")


def test_what_a_section_tells() -> None:
    """Names with their texts, stars of further arguments left out; what stands before them is none."""
    doc = "Add.\n\nArgs:\n    As ever.\n    n: How\n        many.\n    **more: The rest."

    assert {"n": "How many.", "more": "The rest."} == told_of(doc, "Args")
