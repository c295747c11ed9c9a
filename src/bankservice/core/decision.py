"""
Rules and decisions: decide fast, explain on demand.

A rule is a pure function of facts and parameters. Nothing is traced while deciding. `explain`
runs the same function again with a `Trace` and yields the checks it made, those that failed
with how far they missed; so the words can never part from the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from bankservice.core.citation import Citation
from bankservice.core.plain import outcome_json, to_json
from bankservice.core.policy import Kind, Policy, PolicyRef, Title, Version
from bankservice.core.structure import FACTS

if TYPE_CHECKING:
    from bankservice.core.wording import Wording

__all__ = ["Check", "Counted", "Decision", "Explanation", "Reason", "Rule", "Says", "Trace"]

F = TypeVar("F")
P = TypeVar("P")
O_co = TypeVar("O_co", covariant=True)
O = TypeVar("O")  # noqa: E741 - facts, parameters, outcome: F, P, O throughout this room


@attrs.frozen
class Counted:
    """A number of things with a name, such as star points, for wording."""

    number: Fraction | int
    unit: Title


@attrs.frozen
class Reason:
    """
    Why, as data.

    Attributes:
        code: Stable code; wording maps it to a sentence per locale.
        facts: The named values the sentence needs, in reading order.
    """

    code: str
    facts: tuple[tuple[str, Any], ...] = ()


@attrs.frozen
class Says:
    """
    A reason or check a rule may give: its code and the names its sentence needs.

    Examples:
        >>> UP = Says("TIER_UP", ("tier",))
        >>> UP(tier="GOLD")
        Reason(code='TIER_UP', facts=(('tier', 'GOLD'),))
    """

    code: str
    names: tuple[str, ...] = ()

    def __call__(self, **facts: Any) -> Reason:
        """Return the reason with its facts, which must be the declared ones."""
        assert tuple(facts) == self.names, (
            f"{self.code} is declared with {self.names}, given {tuple(facts)}"
        )
        return Reason(self.code, tuple(facts.items()))


@attrs.frozen
class Check:
    """
    One thing a rule looked at.

    Attributes:
        reason: What was compared.
        held: Whether it held; None where a fact was unknown.
        short: How far a failed comparison missed, in the unit of its facts; None where that
            cannot be said.
        relative: The miss as a share of what was wanted, to find the nearest one.
        source: Where the number comes from, where a row cites its own.
    """

    reason: Reason
    held: bool | None
    short: Any = None
    relative: Fraction | None = None
    source: Citation | None = None


class Trace:
    """Collects checks while a rule explains itself."""

    def __init__(self) -> None:
        """Start empty."""
        self.checks: list[Check] = []

    def check(
        self,
        reason: Reason,
        held: bool | None,
        *,
        short: Any = None,
        relative: Fraction | None = None,
        source: Citation | None = None,
    ) -> None:
        """Note one check."""
        self.checks.append(Check(reason, held, short, relative, source))


@attrs.frozen
class Explanation:
    """
    Why a decision came out as it did.

    Attributes:
        headline: The main reason.
        checks: What was looked at, in order.
        sources: The policy versions and where their numbers come from.
        package: Where the wording lies.
    """

    headline: Reason
    checks: tuple[Check, ...]
    sources: tuple[tuple[PolicyRef, Citation], ...]
    package: str

    @property
    def nearest_miss(self) -> Check | None:
        """The failed check that came closest, where misses can be compared."""
        missed = [
            check for check in self.checks if check.held is False and check.relative is not None
        ]
        return min(missed, key=lambda check: check.relative or 0, default=None)

    def text(self, locale: str | Wording = "en") -> str:
        """Return sentences in a language: `zh_CN`, `en`, or a bank's own wording."""
        from bankservice.core.wording import explain

        return explain(self, locale)


@attrs.frozen(eq=False)
class Rule(Generic[F, P, O]):
    """
    One public rule.

    Attributes:
        id: `domain.kebab-case`; never renamed, never reused.
        facts: Frozen class of what it looks at.
        outcome: Class of what it answers.
        evaluate: The pure function; with a trace it also notes its checks.
        headline: Gives the main reason of an outcome.
        says: Every reason and check it may give.
        package: Package whose `wording` holds the sentences.
        kind: Kind of policy it needs, if any.
        day: Which day selects the version.
        shelf: Finds policies for the short form.
        beside: Kind of policy that may stand beside the first, such as an institution's profile.
        filled: The facts with what that one knows (its zone); facts stated stay.
        joined: The parameters with what that one says (its working calendar).
        links: The versions of linked policies an outcome rests on, such as those of a calendar.
    """

    id: str
    facts: type[F]
    outcome: type[O]
    evaluate: Callable[[F, P, Trace | None], O]
    headline: Callable[[F, P, O], Reason]
    says: tuple[Says, ...]
    package: str
    kind: Kind[Any, P] | None = None
    day: Callable[[F], date | None] = lambda facts: None
    shelf: Callable[[], Any] | None = None
    beside: Kind[Any, Any] | None = None
    filled: Callable[[F, Any], F] = lambda facts, beside: facts
    joined: Callable[[P, Any], P] = lambda parameters, beside: parameters
    links: Callable[[F, P, O], tuple[Version[Any], ...]] = lambda facts, parameters, outcome: ()

    @property
    def doc(self) -> str:
        """What it decides, in full; the first line is its summary."""
        return getdoc(self.evaluate) or ""

    def __call__(
        self,
        policy: str | Policy[P] | Version[P] | None = None,
        beside: str | Policy[Any] | Version[Any] | None = None,
        /,
        **facts: Any,
    ) -> Decision[O]:
        """
        Decide, in short form.

        Args:
            policy: Id of a policy, a policy (its version of the governing day is taken) or a
                version; None where the rule needs none.
            beside: The same for the policy that may stand beside it; None for none.
            **facts: The facts by name, as values or as they stand in case tables.

        Raises:
            FaultsError: If the facts have faults.
            NotInForceError: If no version is in force on the governing day.
            UnknownNameError: If there is no such policy.
        """
        read = FACTS.read(facts, self.facts, f"facts of {self.id}")
        second = self.version_beside(beside, read)
        read = self.with_beside(read, second)
        return self.decide(read, self.version(policy, read), second)

    def version(
        self, policy: str | Policy[P] | Version[P] | None, facts: F, *, on: date | None = None
    ) -> Version[P] | None:
        """Return the version in force on the governing day of *facts*, or on the day given."""
        if self.kind is None:
            if policy is not None:
                raise TypeError(f"{self.id} needs no policy; leave it out.")
            return None
        if policy is None:
            raise TypeError(
                f"{self.id} needs a policy of kind {self.kind.name}; pass its id first."
            )
        return self._in_force(policy, self.kind, facts, on or self.day(facts))

    def version_beside(
        self, policy: str | Policy[Any] | Version[Any] | None, facts: F
    ) -> Version[Any] | None:
        """
        Return the version of the policy beside the first, if there is one.

        It is the one in force on the governing day; the newest where it takes that policy to tell
        the day.
        """
        if policy is None:
            return None
        if self.beside is None:
            raise TypeError(f"{self.id} takes no policy beside the first; leave it out.")
        day = self.day(facts)
        policy = self._loaded(policy)
        if day is None and isinstance(policy, Policy):
            policy = policy.versions[-1]
        return self._in_force(policy, self.beside, facts, day)

    def _loaded(self, policy: str | Policy[Any] | Version[Any]) -> Policy[Any] | Version[Any]:
        if not isinstance(policy, str):
            return policy
        assert self.shelf is not None, f"{self.id} has no shelf"
        return cast("Policy[Any]", self.shelf().load(policy))

    def with_beside(self, facts: F, beside: Version[Any] | None) -> F:
        """Return the facts with what the policy beside the first knows."""
        return facts if beside is None else self.filled(facts, beside.parameters)

    def parameters(self, versions: tuple[Version[Any], ...]) -> P:
        """Return what the rule works with: the parameters of one version, or of two joined."""
        found: Any = versions[0].parameters if versions else None
        return self.joined(found, versions[1].parameters) if len(versions) > 1 else found

    def _in_force(
        self,
        policy: str | Policy[Any] | Version[Any],
        kind: Kind[Any, Any],
        facts: F,
        day: date | None,
    ) -> Version[Any]:
        policy = self._loaded(policy)
        if policy.kind.name != kind.name:
            raise TypeError(
                f"{self.id} needs a policy of kind {kind.name}, got {policy.kind.name}."
            )
        if isinstance(policy, Version):
            return policy
        if day is None:
            raise TypeError(f"{self.id} needs the day its version is taken from; state it.")
        return policy.on(day, named_facts(facts))

    def decide(
        self, facts: F, version: Version[P] | None = None, beside: Version[Any] | None = None
    ) -> Decision[O]:
        """Decide on typed facts under one version: the form batches, records and tests use."""
        versions = tuple(held for held in (version, beside) if held is not None)
        facts = self.with_beside(facts, beside)
        parameters = self.parameters(versions)
        outcome = self.evaluate(facts, parameters, None)
        return Decision(self, outcome, versions, facts, self.day(facts))


def named_facts(facts: object) -> Mapping[str, object]:
    """Return the facts by name, those a policy declared (`customer`) included."""
    named = {field.name: getattr(facts, field.name) for field in attrs.fields(type(facts))}  # type: ignore[arg-type]
    customer = named.pop("customer", None)
    return {**named, **customer} if isinstance(customer, Mapping) else named


@attrs.frozen
class Decision(Generic[O]):
    """
    What was decided, on which facts, under which policy versions.

    Frozen, hashable and serialisable. `explain` needs nothing but the decision itself.

    Attributes:
        rule: The rule that decided.
        outcome: Its answer.
        versions: The policy versions themselves.
        facts: What it looked at.
        as_of: The day it was asked for, where the rule has one.
    """

    rule: Rule[Any, Any, O] = attrs.field(repr=lambda rule: rule.id)
    outcome: O
    versions: tuple[Version[Any], ...] = attrs.field(
        repr=lambda held: str([str(v.ref) for v in held])
    )
    facts: Any = attrs.field(repr=False)
    as_of: date | None = None

    @property
    def linked(self) -> tuple[Version[Any], ...]:
        """The versions of linked policies the outcome rests on, such as those of a calendar."""
        parameters = self.rule.parameters(self.versions)
        return self.rule.links(self.facts, parameters, self.outcome)

    @property
    def policies(self) -> tuple[PolicyRef, ...]:
        """The versions by name, those of linked policies after the rule's own."""
        return tuple(version.ref for version in (*self.versions, *self.linked))

    @property
    def effective_on(self) -> date | None:
        """The day the outcome takes effect, where the outcome says one."""
        return getattr(self.outcome, "effective_on", self.as_of)

    def explanation(self) -> Explanation:
        """Decide again with a trace and return the checks as data."""
        parameters = self.rule.parameters(self.versions)
        trace = Trace()
        again = self.rule.evaluate(self.facts, parameters, trace)
        assert again == self.outcome, (
            f"{self.rule.id} is not pure: deciding again gave another outcome"
        )
        return Explanation(
            self.rule.headline(self.facts, parameters, again),
            tuple(trace.checks),
            tuple((version.ref, version.source) for version in (*self.versions, *self.linked)),
            self.rule.package,
        )

    def explain(self, locale: str | Wording = "en") -> str:
        """Return why, in sentences of a language: `zh_CN`, `en`, or a bank's own wording."""
        return self.explanation().text(locale)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as plain JSON: the rule and policies by name."""
        return {
            "rule": self.rule.id,
            "outcome": outcome_json(self.outcome),
            "policies": [to_json(ref) for ref in self.policies],
            "facts": to_json(self.facts),
            "as_of": to_json(self.as_of),
            "effective_on": to_json(self.effective_on),
        }
