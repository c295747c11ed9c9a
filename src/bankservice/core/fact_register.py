"""
The register of facts: what a bank knows of customers, and which decisions may look at it.

A policy whose conditions name facts of a customer names the register they come from. A fact that
the register does not allow for that use is a fault when the policy is loaded, not a finding
after it decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType, TypeName
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.structure import FACTS
from bankservice.core.terms import Terms
from bankservice.core.unknown import UNKNOWN
from bankservice.core.witness import Ranges

__all__ = [
    "FACT_REGISTER",
    "Barred",
    "Register",
    "RegisterTable",
    "RegisteredFact",
    "Use",
    "register_of",
]

Use = Literal["screening", "behaviour", "segment", "potential", "entitlement", "treatment"]
"""What a fact may be used for."""

_TYPES: Final[Mapping[TypeName, type[Any]]] = {
    "text": str,
    "code": str,
    "integer": int,
    "number": Decimal,
    "boolean": bool,
    "date": date,
    "set": tuple[str, ...],
}


@attrs.frozen(kw_only=True)
class Barred:
    """A use that a fact is barred from, and why."""

    use: Use
    why: Title = attrs.field(metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class RegisteredFact:
    """
    One fact.

    Attributes:
        code: Stable name, by which conditions name it.
        type: What its values are.
        title: What people read.
        tree: For a code, the id of its vocabulary.
        words: The words a text or the members of a set may be, where they are a closed list.
        least: The least a whole number may be.
        most: The most a whole number may be.
        uses: The decisions that may look at it.
        barred: Uses it is kept from on purpose, with the reason.
    """

    code: str
    type: TypeName
    title: Title = attrs.field(metadata={"digest": False})
    tree: str = ""
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    uses: tuple[Use, ...] = ()
    barred: tuple[Barred, ...] = ()


@attrs.frozen(kw_only=True)
class RegisterTable:
    """
    A version of a register as written: the facts, and the register it extends, if any.

    Attributes:
        known: The facts.
        extends: Id of the register these are added to; empty for none.
    """

    known: tuple[RegisteredFact, ...]
    extends: str = ""


@attrs.frozen(eq=False)
class Register:
    """
    The facts by name, with the trees of those that are codes.

    Attributes:
        facts: The facts by name.
        every: What conditions could name if every fact were allowed.
    """

    facts: Mapping[str, RegisteredFact]
    every: Terms

    def terms(self, use: Use) -> Terms:
        """Return what conditions may name for a use."""
        allowed = {name for name, fact in self.facts.items() if use in fact.uses}
        return Terms(
            {name: held for name, held in self.every.facts.items() if name in allowed},
            {name: held for name, held in self.every.words.items() if name in allowed},
            {name: held for name, held in self.every.trees.items() if name in allowed},
        )

    @property
    def ranges(self) -> Ranges:
        """The bounds of whole-number facts, for a search through what facts there can be."""
        return {
            name: (fact.least, fact.most)
            for name, fact in self.facts.items()
            if fact.type == "integer"
        }

    def check(self, condition: Condition, use: Use, path: str, faults: Faults) -> None:
        """Note what is wrong with a condition for a use; a fact not allowed, with the reason."""
        for name in dict.fromkeys(part.fact for part in condition.comparisons()):
            fact = self.facts.get(name)
            if fact is None or use in fact.uses:
                continue
            why = next((held.why.en for held in fact.barred if held.use == use), "")
            allowed = ", ".join(fact.uses) or "nothing"
            wanted = why or f"a fact that may be used for {use}; this one may for {allowed}"
            faults.add(path, f"{name}, which is kept from {use}", wanted)
        self.every.check(condition, path, faults)

    def read(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        """
        Return facts by name with their types checked; what is not stated is left out.

        Raises:
            FaultsError: If a value is not of its fact's type, or out of its bounds.
            UnknownNameError: If there is no such fact, word or code; near names are offered.
        """
        return {
            name: UNKNOWN if value in (None, UNKNOWN, "unknown") else self._typed(name, value)
            for name, value in facts.items()
        }

    def _typed(self, name: str, value: object) -> object:
        fact = self.facts.get(name)
        if fact is None:
            raise UnknownNameError("fact", name, self.facts)
        read: Any = FACTS.read(value, _TYPES[fact.type], f"fact {name}")
        for word in read if fact.type == "set" else (read,):
            if fact.words and word not in fact.words:
                raise UnknownNameError(name, word, fact.words)
        if fact.type == "code" and not read:
            raise UnknownNameError(f"code of {name}", read, self.every.trees[name])
        self.every.check_codes({name: read})
        for limit, beyond, wanted in (
            (fact.least, fact.least is not None and read < fact.least, "at least"),
            (fact.most, fact.most is not None and read > fact.most, "at most"),
        ):
            if beyond:
                raise FaultsError(f"fact {name}", (Fault("", str(read), f"{wanted} {limit}"),))
        return read


def _build(table: RegisterTable, faults: Faults, library: Library) -> Register:
    facts: dict[str, RegisteredFact] = {}
    if table.extends:
        extended = register_of(table.extends, "extends", faults, library)
        facts.update(extended.facts if extended is not None else {})
    before = len(faults)
    for index, fact in enumerate(table.known):
        path = f"known[{index}]"
        if fact.code in facts:
            faults.add(f"{path}.code", repr(fact.code), "a code that is not taken")
        facts[fact.code] = fact
        _check(fact, path, faults, library)
    sound = len(faults) == before
    held = facts if sound else {}
    types = {name: FactType(fact.type, fact.tree) for name, fact in held.items()}
    words = {name: fact.words for name, fact in held.items() if fact.words}
    return Register(held, Terms.of(types, words, library))


def _check(fact: RegisteredFact, path: str, faults: Faults, library: Library) -> None:
    if (fact.type == "code") != bool(fact.tree):
        wanted = "the id of a vocabulary" if fact.type == "code" else "none: it is no code"
        faults.add(f"{path}.tree", repr(fact.tree), wanted)
    elif fact.tree:
        try:
            library.get(fact.tree)
        except UnknownNameError as error:
            faults.add(f"{path}.tree", repr(fact.tree), "the id of a vocabulary", error.near)
    if fact.words and fact.type not in ("text", "set"):
        wanted = "type 'text' or 'set'"
        faults.add(f"{path}.words", f"words for a fact of type {fact.type}", wanted)
    if (fact.least, fact.most) != (None, None) and fact.type != "integer":
        faults.add(f"{path}.least", f"bounds for a fact of type {fact.type}", "type 'integer'")
    for place, bar in enumerate(fact.barred):
        if bar.use in fact.uses:
            faults.add(f"{path}.barred[{place}].use", repr(bar.use), "a use it is not allowed for")


FACT_REGISTER: Final = Kind("facts.register", RegisterTable, _build)
"""Kind of policy that holds a register of facts."""


def register_of(name: str, path: str, faults: Faults, library: Library) -> Register | None:
    """Return a register that a policy names, or None where there is none, with a fault."""
    try:
        policy = library.get(name)
    except UnknownNameError as error:
        faults.add(path, repr(name), "the id of a register of facts", error.near)
        return None
    if policy.kind.name != FACT_REGISTER.name:
        faults.add(path, f"a policy of kind {policy.kind.name}", f"one of {FACT_REGISTER.name}")
        return None
    register: Register = policy.versions[-1].parameters
    return register
