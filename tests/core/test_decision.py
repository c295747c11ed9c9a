"""Decisions: hashable values that explain themselves by deciding again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import FactType
from bankservice.core.decision import Check, Decision, Explanation, Reason, Rule, Says, Trace
from bankservice.core.errors import FaultsError, NotInForceError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Money
from bankservice.core.policy import Kind, Policy, UndecidedVersionError, Version
from bankservice.core.policy_file import read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation import tier_band


@attrs.frozen(kw_only=True)
class Limits:
    """Parameters of the toy kind: names and the amounts from which they hold."""

    step: FrozenMapping[str, int]


LIMITS: Kind[Limits, Limits] = Kind(
    "toy.limits", Limits, lambda written, faults, library: written, {"region": FactType("text")}
)
OTHER: Kind[Limits, Limits] = Kind("toy.other", Limits, lambda written, faults, library: written)


def policy(kind: Kind[Limits, Limits] = LIMITS, **table: Any) -> Policy[Limits]:
    """Return a toy policy of one version."""
    version = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme", "checked": "own"},
        "step": {"GOLD": 100, "SILVER": 50},
        **table,
    }
    raw = {"id": "acme/limits", "kind": kind.name, "version": [version]}
    return read_policy(raw, "limits.toml", {kind.name: kind}, SHELF)


SHELF = PolicyShelf([LIMITS], {})
HELD = SHELF.with_policies([policy()])


@attrs.frozen(kw_only=True)
class Asked:
    """Facts of the toy rule."""

    amount: int | UnknownType
    on: date | None = None
    customer: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen
class Level:
    """Outcome of the toy rule."""

    name: str | None


REACHED = Says("REACHED", ("name",))
UNKNOWN_AMOUNT = Says("UNKNOWN_AMOUNT")
STEP = Says("STEP", ("name", "amount", "wanted"))


def _level(facts: Asked, limits: Limits, trace: Trace | None) -> Level:
    """Decide the highest step the amount reaches."""
    found: str | None = "NONE"
    for name, wanted in sorted(limits.step.items(), key=lambda item: -item[1]):
        held = None if facts.amount is UNKNOWN else facts.amount >= wanted
        if trace:
            short = None if held is not False else wanted - int(str(facts.amount))
            trace.check(
                STEP(name=name, amount=facts.amount, wanted=wanted),
                held,
                short=short,
                relative=None if short is None else Fraction(short, wanted),
            )
        if held and found == "NONE":
            found = name
        if held is None:
            found = None
    return Level(found)


LEVEL: Rule[Asked, Limits, Level] = Rule(
    id="toy.level",
    facts=Asked,
    outcome=Level,
    evaluate=_level,
    headline=lambda facts, limits, outcome: (
        REACHED(name=outcome.name) if outcome.name else UNKNOWN_AMOUNT()
    ),
    says=(REACHED, UNKNOWN_AMOUNT, STEP),
    package="bankservice.core",
    kind=LIMITS,
    day=lambda facts: facts.on,
    shelf=lambda: HELD,
)
DAY = date(2026, 1, 31)


@attrs.frozen
class Twice:
    """Facts of a rule without a policy."""

    number: int


@attrs.frozen
class Doubled:
    """Outcome of a rule without a policy."""

    number: int
    effective_on: date = DAY


DOUBLE: Rule[Twice, None, Doubled] = Rule(
    id="toy.double",
    facts=Twice,
    outcome=Doubled,
    evaluate=lambda facts, none, trace: Doubled(facts.number * 2),
    headline=lambda facts, none, outcome: Reason("DOUBLED"),
    says=(Says("DOUBLED"),),
    package="bankservice.core",
)


class TestShortForm:
    """A rule is called with a policy and the facts by keyword."""

    @pytest.mark.parametrize(
        "given_as", ["acme/limits", policy(), policy().versions[0]], ids=["id", "policy", "version"]
    )
    def test_id_policy_or_version(self, given_as: str | Policy[Limits] | Version[Limits]) -> None:
        """An id, a policy and a version give the same decision."""
        assert LEVEL(policy(), amount=70, on=DAY) == LEVEL(given_as, amount=70, on=DAY)
        assert Level("SILVER") == LEVEL(given_as, amount=70, on=DAY).outcome

    def test_the_long_form_is_the_same(self) -> None:
        """Typed facts and a version decide as the short form does."""
        version = policy().versions[0]

        assert LEVEL(version, amount=70, on=DAY) == LEVEL.decide(Asked(amount=70, on=DAY), version)

    def test_facts_as_case_tables_write_them(self) -> None:
        """Facts may stand as text, as JSON and case tables have them."""
        assert LEVEL("acme/limits", amount="70", on="2026-01-31") == LEVEL(
            "acme/limits", amount=70, on=DAY
        )

    def test_an_unknown_fact(self) -> None:
        """An unknown fact is an outcome with its reason, not an error and not a default."""
        decision = LEVEL("acme/limits", amount="unknown", on=DAY)

        assert Level(None) == decision.outcome
        assert UNKNOWN_AMOUNT() == decision.explanation().headline
        assert [None, None] == [check.held for check in decision.explanation().checks]

    def test_a_rule_without_a_policy(self) -> None:
        """A rule that needs no policy takes none."""
        decision = DOUBLE(number=21)

        assert Doubled(42) == decision.outcome
        assert () == decision.policies == decision.versions
        assert Explanation(Reason("DOUBLED"), (), (), "bankservice.core") == decision.explanation()

    def test_its_description(self) -> None:
        """A rule says what it decides in the words of its function; a lambda says nothing."""
        assert "Decide the highest step the amount reaches." == LEVEL.doc
        assert "" == DOUBLE.doc


class TestMistakes:
    """A caller's mistake is an exception that says what to do."""

    def test_faulty_facts(self) -> None:
        """All faults of the facts are told, with the near names."""
        with pytest.raises(FaultsError) as caught:
            LEVEL("acme/limits", amuont=5, on="yesterday")

        assert "facts of toy.level" == caught.value.what
        assert {"amount", "amuont", "on"} == {fault.path for fault in caught.value.faults}

    def test_a_float(self) -> None:
        """A float is refused on the way in."""
        with pytest.raises(FaultsError, match="amount"):
            LEVEL("acme/limits", amount=70.0, on=DAY)

    def test_a_policy_where_none_is_needed(self) -> None:
        """A rule without a policy says to leave it out."""
        with pytest.raises(TypeError, match=r"toy\.double needs no policy; leave it out\."):
            DOUBLE("acme/limits", number=1)

    def test_no_policy_where_one_is_needed(self) -> None:
        """A rule with a policy names the kind it needs."""
        with pytest.raises(
            TypeError, match=r"toy\.level needs a policy of kind toy\.limits; pass its id first\."
        ):
            LEVEL(amount=1, on=DAY)

    @pytest.mark.parametrize(
        "wrong", [policy(OTHER), policy(OTHER).versions[0]], ids=["policy", "version"]
    )
    def test_a_policy_of_another_kind(self, wrong: Policy[Limits] | Version[Limits]) -> None:
        """A policy, or a version, of another kind is refused before anything is decided."""
        with pytest.raises(
            TypeError, match=r"toy\.level needs a policy of kind toy\.limits, got toy\.other\."
        ):
            LEVEL(wrong, amount=70, on=DAY)

    def test_an_unknown_policy(self) -> None:
        """An unknown id offers the near ones."""
        with pytest.raises(UnknownNameError) as caught:
            LEVEL("acme/limit", amount=1, on=DAY)

        assert ("acme/limits",) == caught.value.near

    def test_no_day(self) -> None:
        """Where the governing day is not stated, the version cannot be chosen."""
        with pytest.raises(TypeError, match="needs the day its version is taken from; state it"):
            LEVEL("acme/limits", amount=1)

    def test_a_day_without_a_version(self) -> None:
        """A day before the first version is the policy's own error."""
        with pytest.raises(NotInForceError, match="2019-12-31"):
            LEVEL("acme/limits", amount=1, on=date(2019, 12, 31))

    def test_a_reason_must_have_its_declared_facts(self) -> None:
        """A rule that gives a reason other facts than it declared is our own mistake."""
        with pytest.raises(AssertionError, match="REACHED is declared with"):
            REACHED(nmae="GOLD")

    def test_a_rule_that_is_not_pure_is_found_out(self) -> None:
        """Explaining decides again; another outcome is our own mistake, never a wrong text."""
        answers = iter((Level("GOLD"), Level("SILVER")))
        fickle = attrs.evolve(LEVEL, evaluate=lambda facts, limits, trace: next(answers))
        decision = fickle("acme/limits", amount=1, on=DAY)

        with pytest.raises(AssertionError, match="is not pure"):
            decision.explanation()


class TestVersionChoice:
    """Which version decides."""

    def test_the_day_may_be_given(self) -> None:
        """A caller who tries a version on an old case names its day."""
        facts = Asked(amount=1)

        assert policy().versions[0] == LEVEL.version("acme/limits", facts, on=DAY)

    def test_a_cohort_is_told_from_the_customer(self) -> None:
        """Facts that a policy declares come in as `customer` and choose the version."""
        east = policy(applies_to={"fact": "region", "equals": "east"})

        assert Level("NONE") == LEVEL(east, amount=1, on=DAY, customer={"region": "east"}).outcome
        with pytest.raises(NotInForceError):
            LEVEL(east, amount=1, on=DAY, customer={"region": "west"})
        with pytest.raises(UndecidedVersionError, match="region"):
            LEVEL(east, amount=1, on=DAY)

    def test_facts_without_a_customer(self) -> None:
        """A rule's own facts choose the version too, where it has no `customer`."""

        @attrs.frozen(kw_only=True)
        class Region:
            region: str
            on: date

        rule: Rule[Region, Limits, Level] = Rule(
            id="toy.region",
            facts=Region,
            outcome=Level,
            evaluate=lambda facts, limits, trace: Level(facts.region),
            headline=lambda facts, limits, outcome: REACHED(name=outcome.name),
            says=(REACHED,),
            package="bankservice.core",
            kind=LIMITS,
            day=lambda facts: facts.on,
        )
        east = policy(applies_to={"fact": "region", "equals": "east"})

        assert Level("east") == rule(east, region="east", on=DAY).outcome
        with pytest.raises(NotInForceError):
            rule(east, region="west", on=DAY)

    def test_a_rule_without_a_shelf(self) -> None:
        """A rule that cannot look an id up is our own mistake."""
        with pytest.raises(AssertionError, match="has no shelf"):
            attrs.evolve(LEVEL, shelf=None)("acme/limits", amount=1, on=DAY)


class TestDecisionValue:
    """A decision is a value."""

    def test_equal_and_hash(self) -> None:
        """Deciding again on the same facts gives an equal decision with the same hash."""
        one, two = (LEVEL("acme/limits", amount=70, on=DAY) for _ in range(2))

        assert one == two
        assert hash(one) == hash(two)
        assert 1 == len({one, two})

    @pytest.mark.parametrize("facts", [{"amount": 71}, {"on": date(2026, 2, 1)}])
    def test_other_facts_are_another_decision(self, facts: dict[str, Any]) -> None:
        """The facts belong to the decision, also where the outcome is the same."""
        assert LEVEL("acme/limits", amount=70, on=DAY) != LEVEL(
            "acme/limits", **{"amount": 70, "on": DAY, **facts}
        )

    def test_another_version_is_another_decision(self) -> None:
        """The version belongs to the decision, also where the outcome is the same."""
        other = policy(step={"GOLD": 100, "SILVER": 49})

        assert LEVEL("acme/limits", amount=70, on=DAY) != LEVEL(other, amount=70, on=DAY)

    def test_frozen(self) -> None:
        """Nothing of a decision can be changed."""
        decision = LEVEL("acme/limits", amount=70, on=DAY)

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            decision.outcome = Level("GOLD")  # type: ignore[misc]

    def test_days(self) -> None:
        """`as_of` is the governing day; `effective_on` is the outcome's own, where it says one."""
        level, doubled = LEVEL("acme/limits", amount=70, on=DAY), DOUBLE(number=1)

        assert (DAY, DAY) == (level.as_of, level.effective_on)
        assert (None, DAY) == (doubled.as_of, doubled.effective_on)

    def test_repr_holds_no_facts(self) -> None:
        """A decision in a log names rule, outcome and versions, never the facts."""
        text = repr(LEVEL("acme/limits", amount=70_123, on=DAY))

        assert "toy.level" in text
        assert "acme/limits@2020-01-01" in text
        assert "70123" not in text

    def test_policies(self) -> None:
        """The versions by name are those that decided."""
        version = policy().versions[0]

        assert (version.ref,) == LEVEL(version, amount=1, on=DAY).policies


class TestExplanation:
    """Explaining re-runs the same function with a trace."""

    def test_checks_in_order(self) -> None:
        """Every check is there in the order it was made, failed ones with how far they missed."""
        explanation = LEVEL("acme/limits", amount=70, on=DAY).explanation()

        assert (
            Check(STEP(name="GOLD", amount=70, wanted=100), False, 30, Fraction(3, 10)),
            Check(STEP(name="SILVER", amount=70, wanted=50), True),
        ) == explanation.checks
        assert REACHED(name="SILVER") == explanation.headline
        assert "bankservice.core" == explanation.package

    def test_sources(self) -> None:
        """The versions stand there with their citations."""
        version = policy().versions[0]
        explanation = LEVEL(version, amount=70, on=DAY).explanation()

        assert ((version.ref, Citation(text="Acme", checked="own")),) == explanation.sources

    def test_nothing_is_traced_while_deciding(self) -> None:
        """Deciding passes no trace; only explaining does."""
        seen: list[bool] = []

        def watched(facts: Asked, limits: Limits, trace: Trace | None) -> Level:
            seen.append(trace is not None)
            return Level("GOLD")

        rule = attrs.evolve(LEVEL, evaluate=watched)
        rule("acme/limits", amount=1, on=DAY).explanation()

        assert [False, True] == seen

    def test_nearest_miss(self) -> None:
        """The nearest miss is the failed check with the smallest share missing."""
        explanation = LEVEL("acme/limits", amount=40, on=DAY).explanation()
        nearest = explanation.nearest_miss

        assert nearest is not None
        assert ("SILVER", 10) == (dict(nearest.reason.facts)["name"], nearest.short)

    @pytest.mark.parametrize("amount", [100, "unknown"])
    def test_no_miss(self, amount: int | str) -> None:
        """Where nothing failed, or nothing is known, there is no nearest miss."""
        assert LEVEL("acme/limits", amount=amount, on=DAY).explanation().nearest_miss is None

    def test_a_miss_that_cannot_be_measured(self) -> None:
        """Only failed checks with a share count; one that is not known is no miss."""
        vague = Check(Reason("A"), False)
        exact = Check(Reason("B"), False, 0, Fraction(0))
        open_ = Check(Reason("D"), None, 0, Fraction(-1))
        far = Check(Reason("C"), False, 1, Fraction(1, 2))

        assert Explanation(Reason("X"), (vague,), (), "p").nearest_miss is None
        assert exact == Explanation(Reason("X"), (vague, far, open_, exact), (), "p").nearest_miss

    @given(
        st.integers(0, 3_000_000).map(lambda n: f"{n}.00"),
        st.sampled_from(
            [
                p
                for p in policies.shelf().shipped()
                if policies.load(p).kind.name == "segmentation.tiers"
            ]
        ),
    )
    def test_every_condition_called_false_is_false(self, average: str, policy_id: str) -> None:
        """On a shipped rule: explaining gives the same outcome, and a failed check really fails."""
        day = date(2026, 3, 31)
        decision = tier_band(policy_id, measure={"average": average}, on=day)
        explanation = decision.explanation()

        assert decision == tier_band(policy_id, measure={"average": average}, on=day)
        for check in explanation.checks:
            if check.held is False:
                assert check.relative is None or check.relative > 0
            else:
                assert check.short is None


class Shade(Enum):
    """An enum for the JSON of outcomes."""

    DARK = "dark"


@attrs.frozen
class Part:
    """A nested part with a field at its default."""

    share: Decimal
    note: str = ""
    _hidden: int = 0


@attrs.frozen
class Wide:
    """An outcome with a value of every shape."""

    shown: ClassVar[tuple[str, ...]] = ("parts", "by_name", "shade", "total", "period", "count")

    parts: tuple[Part, ...]
    by_name: FrozenMapping[str, Part]
    shade: Shade
    total: Money
    period: Period
    at: datetime

    @property
    def count(self) -> int:
        """A part that is computed."""
        return len(self.parts)


class TestJson:
    """A decision as plain JSON names the rule and the policies."""

    def test_whole(self) -> None:
        """Rule, outcome, policies, facts and days stand there, and all of it is JSON."""
        version = policy().versions[0]
        written = LEVEL(version, amount=70, on=DAY).to_json()

        assert {
            "rule": "toy.level",
            "outcome": {"name": "SILVER"},
            "policies": [
                {
                    "policy": "acme/limits",
                    "since": "2020-01-01",
                    "known_on": "2020-01-01",
                    "digest": version.ref.digest,
                }
            ],
            "facts": {"amount": 70, "on": "2026-01-31"},
            "as_of": "2026-01-31",
            "effective_on": "2026-01-31",
        } == written
        assert written == json.loads(json.dumps(written))

    def test_outcomes_keep_fields_at_their_defaults(self) -> None:
        """An outcome names every public part, also those at their defaults and computed ones."""
        part = Part(Decimal("0.50"))
        outcome = Wide(
            (part,),
            FrozenMapping({"GOLD": part}),
            Shade.DARK,
            Money(150, "CNY"),
            Period(months=6),
            datetime(2026, 1, 1, tzinfo=UTC),
        )
        rule: Rule[Twice, None, Wide] = Rule(
            id="toy.wide",
            facts=Twice,
            outcome=Wide,
            evaluate=lambda facts, none, trace: outcome,
            headline=lambda facts, none, found: Reason("WIDE"),
            says=(Says("WIDE"),),
            package="bankservice.core",
        )

        assert {
            "parts": [{"share": "0.5", "note": ""}],
            "by_name": {"GOLD": {"share": "0.5", "note": ""}},
            "shade": "dark",
            "total": {"minor": 150, "currency": "CNY"},
            "period": "P6M",
            "count": 1,
        } == rule(number=1).to_json()["outcome"]

    def test_a_mapping_as_outcome(self) -> None:
        """An outcome with names a policy defines is a table of them."""
        rule: Rule[Twice, None, FrozenMapping[str, int]] = Rule(
            id="toy.names",
            facts=Twice,
            outcome=FrozenMapping,
            evaluate=lambda facts, none, trace: FrozenMapping({"GOLD": facts.number}),
            headline=lambda facts, none, found: Reason("NAMES"),
            says=(Says("NAMES"),),
            package="bankservice.core",
        )
        decision: Decision[FrozenMapping[str, int]] = rule(number=1)

        assert {"GOLD": 1} == decision.to_json()["outcome"]
        assert hash(decision) == hash(rule(number=1))
