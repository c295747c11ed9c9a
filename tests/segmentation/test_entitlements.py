"""Entitlements: every class gets something, each service with what gives it; nothing by default."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core import witness
from bankservice.core.conditions import read_condition
from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.segmentation import SHELF, Entitling, entitlements

ON: Final = date(2026, 3, 31)
TITLE: Final = {"en": "some customers", "zh": "部分客户"}
SERVICES: Final = ("vip_room", "quick_lane", "mobile")
TIERS: Final = ("STANDARD", "GOLD")
STAGES: Final = ("active", "lost")


def row(code: str, *services: str, when: Any = None) -> dict[str, Any]:
    """Return a row as a policy file holds it."""
    held: dict[str, Any] = {"code": code, "title": TITLE, "services": list(services)}
    return held if when is None else held | {"when": when}


def policy_of(*grants: dict[str, Any], **more: Any) -> Policy[Entitling]:
    """Return a policy of one version."""
    version = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme", "clause": "1", "checked": "own"},
        "grant": list(grants),
        **more,
    }
    raw = {"id": "acme/services", "kind": "segmentation.entitlements", "version": [version]}
    return read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)


def faults_of(*grants: dict[str, Any], **more: Any) -> list[str]:
    """Return the faults of a policy."""
    with pytest.raises(PolicyError) as caught:
        policy_of(*grants, **more)
    return [str(fault) for fault in caught.value.faults]


GOLD: Final = {"fact": "tier", "equals": "GOLD"}
EVERYBODY: Final = row("everybody", "quick_lane")


class TestFaults:
    """What is wrong with a table is found when it is read."""

    def test_a_class_without_any_service(self) -> None:
        """
        A customer whom no row gives anything is a fault that shows one.
        """
        (fault,) = faults_of(row("gold", "vip_room", when=GOLD), tiers=list(TIERS))

        assert fault.startswith("version[0].grant: got a gap at tier = STANDARD, wanted a service")

    def test_no_false_gap_beyond_bounds(self) -> None:
        """
        There is no customer with fewer than no products, so nothing need be said for one.
        """
        some_ = {"fact": "products", "at_least": 1}
        none = {"fact": "products", "equals": 0}

        policy = policy_of(row("some", "vip_room", when=some_), row("none", "mobile", when=none))

        assert ("mobile",) == entitlements(policy, on=ON, customer={"products": 0}).outcome.services

    @pytest.mark.parametrize(
        ("fact", "why"),
        [
            ("age", "Services are not given or kept back by age"),
            ("gender", "Services are not given or kept back by gender"),
            ("religion", "Religious belief is sensitive"),
        ],
    )
    def test_barred_facts(self, fact: str, why: str) -> None:
        """
        A fact the register keeps from entitlements is refused, with the register's reason.
        """
        value: Any = 65 if fact == "age" else "other"
        faults = faults_of(EVERYBODY, row("some", "mobile", when={"fact": fact, "equals": value}))

        assert any(
            fault.startswith(
                f"version[0].grant[1].when: got {fact}, which is kept from entitlement"
            )
            and why in fault
            for fault in faults
        )

    @pytest.mark.parametrize(
        ("grants", "more", "wanted"),
        [
            ((), {}, "grant: got no row"),
            ((row("none"),), {}, "grant[0].services: got no service"),
            ((row("x", "vip_rom"),), {}, "did you mean vip_room"),
            ((EVERYBODY, EVERYBODY), {}, "grant[1].code: got 'everybody', wanted a code"),
            (
                (EVERYBODY,),
                {"withhold": [row("everybody", "quick_lane", when=GOLD)]},
                "withhold[0].code",
            ),
            (
                (EVERYBODY,),
                {"withhold": [row("x", "vip_room", when=GOLD)]},
                "wanted a service that some row gives",
            ),
            ((EVERYBODY,), {"facts": "facts/custome"}, "facts: got 'facts/custome'"),
            (
                (EVERYBODY, row("x", "mobile", when={"fact": "tier", "equals": "GOOLD"})),
                {"tiers": list(TIERS)},
                "did you mean GOLD",
            ),
            (
                (EVERYBODY, row("x", "mobile", when={"fact": "stage", "equals": "loial"})),
                {},
                "did you mean loyal",
            ),
            (
                (
                    EVERYBODY,
                    row(
                        "x", "mobile", when={"all": [GOLD, {"fact": "tier", "equals": "STANDARD"}]}
                    ),
                ),
                {},
                "x, which can never be reached",
            ),
        ],
    )
    def test_each_names_its_path(
        self, grants: tuple[dict[str, Any], ...], more: dict[str, Any], wanted: str
    ) -> None:
        """
        A fault says where, what stands there and what would be right.
        """
        assert any(wanted in fault for fault in faults_of(*grants, **more))

    def test_too_many_cases(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A table with more cases than can be gone through is a fault, not a table nobody looked at.
        """
        monkeypatch.setattr(witness, "MOST", 3)
        rows = [
            row(f"row-{place}", "mobile", when={"fact": fact, "equals": word})
            for place, (fact, word) in enumerate({"tier": "GOLD", "stage": "lost"}.items())
        ]

        assert any(
            "version[0].grant: got conditions over many facts" in fault
            for fault in faults_of(*rows)
        )


class TestBadFacts:
    """A named error, never a default."""

    @pytest.mark.parametrize(
        ("customer", "error", "wanted"),
        [
            ({"teir": "GOLD"}, UnknownNameError, "did you mean tier"),
            ({"tier": "GOOLD"}, UnknownNameError, "did you mean GOLD"),
            ({"stage": "loial"}, UnknownNameError, "did you mean loyal"),
            ({"customer_kind": "persn"}, UnknownNameError, "did you mean person"),
            ({"tier": 7}, FaultsError, "fact tier"),
            ({"products": "many"}, FaultsError, "fact products"),
            ({"products": -1}, FaultsError, "at least 0"),
        ],
    )
    def test_type_and_word(self, customer: Any, error: type[Exception], wanted: str) -> None:
        """
        A fact, word or code there is none of, or of another type.
        """
        policy = policy_of(EVERYBODY, row("gold", "vip_room", when=GOLD), tiers=list(TIERS))

        with pytest.raises(error, match=wanted):
            entitlements(policy, on=ON, customer=customer)


CONDITIONS: Final = st.recursive(
    st.one_of(
        st.builds(lambda word: {"fact": "tier", "equals": word}, st.sampled_from(TIERS)),
        st.builds(lambda word: {"fact": "stage", "equals": word}, st.sampled_from(STAGES)),
        st.just({"fact": "behaviours", "includes": "operating"}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=3,
)
EVERY: Final = tuple(
    {"tier": tier, "stage": stage, "behaviours": behaviours}
    for tier, stage, behaviours in itertools.product(
        TIERS,
        ("prospect", "first_time", "active", "loyal", "inactive", "lost", "won_back"),
        ((), ("operating",)),
    )
)


@st.composite
def policies(draw: st.DrawFn) -> Policy[Entitling]:
    """Draw a policy whose table is sound."""
    grants = [EVERYBODY]
    withholds = []
    for place, condition in enumerate(draw(st.lists(CONDITIONS, max_size=3))):
        services = draw(st.sets(st.sampled_from(SERVICES), min_size=1))
        grants.append(row(f"g{place}", *sorted(services), when=condition))
    # A row that nobody reaches is a fault, which is another test's.
    grants = list(filter(_reached, grants))
    given_ = sorted({code for held in grants for code in held["services"]})
    for place, condition in enumerate(draw(st.lists(CONDITIONS, max_size=2))):
        services = draw(st.sets(st.sampled_from(given_), min_size=1))
        withholds.append(row(f"w{place}", *sorted(services), when=condition))
    return policy_of(*grants, withhold=list(filter(_reached, withholds)), tiers=list(TIERS))


def _reached(held: dict[str, Any]) -> bool:
    """Tell whether some customer reaches a row."""
    condition = read_condition(held.get("when", {"any": [{"fact": "tier", "in": list(TIERS)}]}))
    return any(condition.holds(way, lambda *_: False) for way in EVERY)


class TestLaws:
    """What holds of every table."""

    @given(policies(), st.sets(st.sampled_from(("tier", "stage", "behaviours"))), st.data())
    @settings(max_examples=some(40))
    def test_unknown_is_every_way_it_could_be(
        self, policy: Policy[Entitling], missing: set[str], data: st.DataObject
    ) -> None:
        """
        Given for certain is what every filling-in gives; undecided is what some give and some do
        not; the rest nobody gives. So an unknown fact never gives and never takes a service.
        """
        whole = data.draw(st.sampled_from(EVERY))
        known = {name: value for name, value in whole.items() if name not in missing}
        ways: list[set[str]] = [
            set(entitlements(policy, on=ON, customer={**way, **known}).outcome.services)
            for way in EVERY
        ]
        told = entitlements(policy, on=ON, customer=known).outcome

        assert set[str].intersection(*ways) == set(told.services)
        assert set[str].union(*ways) - set[str].intersection(*ways) == set(told.undecided)
        assert {name for held in told.undecided.values() for name in held} <= missing

    @given(policies(), st.sampled_from(EVERY))
    @settings(max_examples=some(40))
    def test_every_service_says_why(self, policy: Policy[Entitling], customer: Any) -> None:
        """
        With every fact known nothing is undecided, every service given names rows that give it, no
        service is given and kept back, and deciding again on the same facts explains it.
        """
        decision = entitlements(policy, on=ON, customer=customer)
        told = decision.outcome
        given_ = {r["code"]: r["services"] for r in _rows(policy, "grant")}
        kept = {r["code"]: r["services"] for r in _rows(policy, "withhold")}

        assert not told.undecided
        assert set(told.services) == set(told.given_by)
        assert not set(told.services) & set(told.withheld)
        assert all(s in given_[code] for s, by in told.given_by.items() for code in by)
        assert all(s in kept[code] for s, by in told.withheld.items() for code in by)
        for locale in ("en", "zh_CN"):
            assert "{" not in decision.explain(locale)

    @given(policies(), st.sampled_from(EVERY))
    @settings(max_examples=some(20))
    def test_the_order_of_rows_gives_nothing(
        self, policy: Policy[Entitling], customer: Any
    ) -> None:
        """
        Rows in another order give the same services.
        """
        grants, withholds = _rows(policy, "grant"), _rows(policy, "withhold")
        turned = policy_of(*reversed(grants), withhold=withholds[::-1], tiers=list(TIERS))
        one = entitlements(policy, on=ON, customer=customer).outcome
        other = entitlements(turned, on=ON, customer=customer).outcome

        assert set(one.services) == set(other.services)
        assert set(one.withheld) == set(other.withheld)


def _rows(policy: Policy[Entitling], name: str) -> list[dict[str, Any]]:
    """Return rows as they were written."""
    return [
        {"code": held.code, "title": TITLE, "services": list(held.services)}
        | ({} if held.when is None else {"when": held.when})
        for held in getattr(policy.versions[0].written, name)
    ]


class TestWords:
    """Why, in both languages."""

    @pytest.mark.parametrize(
        ("customer", "english", "chinese"),
        [
            ({"tier": "GOLD", "stage": "active"}, "Given: Quick lane", "享有：便捷通道"),
            ({"tier": "GOLD"}, "Not decided: VIP room", "尚不能判定：贵宾室"),
            ({}, "for want of", "尚不能判定"),
        ],
    )
    def test_services_by_name(self, customer: Any, english: str, chinese: str) -> None:
        """
        Services are told by their titles, and what is not known by the titles of facts.
        """
        policy = policy_of(
            EVERYBODY,
            row("gold", "vip_room", when=GOLD),
            withhold=[row("gone", "vip_room", when={"fact": "stage", "equals": "lost"})],
        )
        decision = entitlements(policy, on=ON, customer=customer)

        assert english in decision.explain("en")
        assert chinese in decision.explain("zh_CN")

    def test_nothing_left_and_nothing_known(self) -> None:
        """
        All kept back, and all undecided, are two answers.
        """
        lost = {"fact": "stage", "equals": "lost"}
        policy = policy_of(EVERYBODY, withhold=[row("gone", "quick_lane", when=lost)])
        nothing = entitlements(policy, on=ON, customer={"stage": "lost"})
        unknown = entitlements(policy, on=ON)

        assert ("quick_lane",) == tuple(nothing.outcome.withheld)
        assert "Every service the class is given is kept back." in nothing.explain()
        assert {"quick_lane": ("stage",)} == dict(unknown.outcome.undecided)
        assert "Undecided: what is not known is Stage of the relationship." in unknown.explain()
