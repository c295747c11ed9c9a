"""Groups: what is refused when a policy is read, what when a customer is, and what is told."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest
from group_tools import ON, TITLE, faults_of, groups_policy

from bankservice.core import witness
from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.policy_file import read_policy
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation import SHELF, Dealings, behaviour_facts, groups, potential_groups

BASE = {"code": "base"}
STUDY = {"text": "A study", "checked": "own"}


def register(*known: dict[str, Any]) -> Any:
    """Return a shelf with a bank's own register `acme/facts` beside the shipped one."""
    source = {"text": "Acme", "checked": "own"}
    rows = [{"title": TITLE, **fact} for fact in known]
    version = {
        "since": date(2020, 1, 1),
        "source": source,
        "extends": "facts/customer",
        "known": rows,
    }
    raw = {"id": "acme/facts", "kind": "facts.register", "version": [version]}
    return SHELF.with_policies([read_policy(raw, "facts.toml", SHELF.kinds, SHELF)])


class TestTables:
    """What a policy is refused for."""

    def test_gap(self) -> None:
        """A table under which somebody would have no segment is refused, with such a customer."""
        gold = {"code": "gold", "tier": "GOLD"}

        [(path, got, _)] = faults_of(segment=[gold], tiers=["BASE", "GOLD"])

        assert ("version[0].segment", "a gap at tier = BASE") == (path, got)

    def test_tie(self) -> None:
        """Two rows that hold together, neither more specific, are refused with both and facts."""
        invest = {"code": "invest", "behaviour": "investing"}
        east = {"code": "east", "region": "east"}

        [(path, got, wanted)] = faults_of(segment=[BASE, invest, east])

        assert "version[0].segment[2]" == path
        assert "a tie of invest and east at behaviours = [investing], region = east" == got
        assert "a more specific row for both, or conditions apart" == wanted

    def test_third_row_settles_a_tie(self) -> None:
        """A row more specific than both settles a tie."""
        rows = [
            BASE,
            {"code": "invest", "behaviour": "investing"},
            {"code": "east", "region": "east"},
            {"code": "both", "behaviour": "investing", "region": "east"},
        ]

        assert [] == faults_of(segment=rows)

    def test_third_row_for_a_part_leaves_the_rest(self) -> None:
        """A row for a part of where two meet leaves a tie in the rest of it."""
        rows = [
            BASE,
            {"code": "invest", "behaviour": "investing"},
            {"code": "east", "region": "east"},
            {"code": "both", "behaviour": "investing", "region": "CN-GD"},
        ]

        [(_, got, _)] = faults_of(segment=rows)

        assert got.startswith("a tie of invest and east at ")
        assert "CN-GD" not in got

    def test_equal_rows(self) -> None:
        """Two rows for the same customers are a tie, however they are written."""
        young = {"code": "young", "age": [0, 18]}
        minor = {"code": "minor", "when": {"fact": "age", "less_than": 18}}

        found = faults_of(segment=[BASE, young, minor])

        assert "a tie of young and minor at age = 0" in [got for _, got, _ in found]

    def test_unreachable(self) -> None:
        """A row that more specific ones take wholly is refused."""
        rows = [
            {"code": "any", "age": [0, 151]},
            {"code": "young", "age": [0, 30]},
            {"code": "old", "age": [30, 151]},
        ]

        [(path, got, _)] = faults_of(segment=rows)

        assert ("version[0].segment[0]", "any, which can never be reached") == (path, got)

    def test_never(self) -> None:
        """A row that holds for nobody is refused."""
        when = {"all": [{"fact": "age", "at_least": 60}, {"fact": "age", "less_than": 30}]}

        [(path, got, wanted)] = faults_of(segment=[BASE, {"code": "x", "when": when}])

        assert "version[0].segment[1]" == path
        assert ("x, which can never be reached", "a row that some facts reach") == (got, wanted)

    def test_nobody_is_below_zero(self) -> None:
        """Facts that cannot be less than nothing leave no gap there."""
        rows = [
            {"code": "none", "when": {"fact": "products", "equals": 0}},
            {"code": "some", "when": {"fact": "products", "at_least": 1}},
        ]

        assert [] == faults_of(segment=rows)

    def test_cyclic_regions(self) -> None:
        """A tree of regions that runs in a circle is refused when it is read."""
        codes = [
            {"code": "a", "under": "b", "title": TITLE},
            {"code": "b", "under": "a", "title": TITLE},
        ]
        source = {"text": "Acme", "checked": "own"}
        version = {"since": date(2020, 1, 1), "source": source, "code": codes}
        raw = {"id": "vocabulary/regions", "kind": "vocabulary.tree", "version": [version]}

        with pytest.raises(PolicyError, match="does not stand below this one"):
            read_policy(raw, "regions.toml", SHELF.kinds, SHELF)

    @pytest.mark.parametrize(
        ("key", "row", "named"),
        [
            ("segment", {"when": {"fact": "gender", "equals": "female"}}, "gender"),
            ("screen", {"outcome": "in", "when": {"fact": "tier", "equals": "GOLD"}}, "tier"),
            ("behaviour", {"when": {"fact": "age", "less_than": 30}}, "age"),
            ("need", {"when": {"fact": "income_minor", "less_than": 30}}, "income_minor"),
            ("potential", {"when": {"fact": "gender", "equals": "female"}}, "gender"),
            ("potential", {"when": {"fact": "religion", "equals": "x"}}, "religion"),
        ],
    )
    def test_barred_fact(self, key: str, row: dict[str, Any], named: str) -> None:
        """A fact that the register keeps from a step is refused there, by its name."""
        found = faults_of(**{key: [{"code": "x", **row}]})

        assert any(f"{named}, which is kept from" in got for _, got, _ in found)

    def test_barred_fact_says_why(self) -> None:
        """A fact kept from a step on purpose is refused with the reason."""
        row = {"code": "x", "when": {"fact": "religion", "equals": "x"}}

        [(_, got, wanted)] = faults_of(segment=[BASE, row])

        assert "religion, which is kept from segment" == got
        assert wanted.startswith("Religious belief is sensitive")

    @pytest.mark.parametrize(
        ("row", "path", "got"),
        [
            ({"region": "CN-XX"}, "version[0].segment[1]", "'CN-XX'"),
            ({"industry": ["catering", "catring"]}, "version[0].segment[1]", "'catring'"),
            ({"customer_kind": "human"}, "version[0].segment[1]", "'human'"),
            ({"tier": "GLOD"}, "version[0].segment[1]", "'GLOD'"),
            ({"behaviour": "investment"}, "version[0].segment[1]", "'investment'"),
            ({"when": {"fact": "agee", "equals": 1}}, "version[0].segment[1].fact", "'agee'"),
            ({"region": []}, "version[0].segment[1].region", "no code"),
            ({"code": "base", "tier": "GOLD"}, "version[0].segment[1].code", "'base'"),
            ({"age": [30, 18]}, "version[0].segment[1].age", "list [30, 18]"),
            ({"age": [30]}, "version[0].segment[1].age", "list [30]"),
            ({"age": 30}, "version[0].segment[1].age", "int 30"),
            ({"regoin": "east"}, "version[0].segment[1].regoin", "an unknown key"),
        ],
    )
    def test_rows_at_fault(self, row: dict[str, Any], path: str, got: str) -> None:
        """An unknown code, word, fact or key, or a band of nothing, is refused where it stands."""
        behaviour = [{"code": "investing", "when": {"fact": "investing_share", "at_least": 5000}}]
        rows = [BASE, {"code": "x", **row}]

        found = faults_of(segment=rows, behaviour=behaviour, tiers=["BASE", "GOLD"])

        assert (path, got) in [(where, what) for where, what, _ in found]

    def test_screening_needs_a_last_row(self) -> None:
        """Screening under which somebody would have no answer is refused."""
        minors = {"code": "minors", "outcome": "out", "when": {"fact": "age", "less_than": 18}}

        [(path, got, _)] = faults_of(screen=[minors])

        assert ("version[0].screen", "a gap at age = 18") == (path, got)

    def test_screening_row_never_reached(self) -> None:
        """A row of screening that one before it always takes is refused."""
        rows = [
            {"code": "all", "outcome": "in"},
            {"code": "minors", "outcome": "out", "when": {"fact": "age", "less_than": 18}},
        ]

        [(path, _, _)] = faults_of(screen=rows)

        assert "version[0].screen[1]" == path

    def test_no_rows(self) -> None:
        """A policy that tells nothing is refused."""
        assert ["version[0].segment"] == [path for path, _, _ in faults_of()]

    def test_no_register(self) -> None:
        """A register there is none of is refused, and nothing else is told of its facts."""
        [(path, got, _)] = faults_of(facts="facts/custmer", segment=[BASE])

        assert ("version[0].facts", "'facts/custmer'") == (path, got)

    def test_other_kind_of_register(self) -> None:
        """A policy of another kind is no register."""
        [(path, _, _)] = faults_of(facts="vocabulary/regions", segment=[BASE])

        assert "version[0].facts" == path

    def test_own_facts(self) -> None:
        """A bank's own fact serves what its register allows, and nothing else."""
        pets = {"code": "pets", "type": "integer", "least": 0, "uses": ["segment"]}
        library = register(pets)
        row = {"code": "pets", "when": {"fact": "pets", "more_than": 0}}
        policy = groups_policy(library, facts="acme/facts", segment=[BASE, row])
        needs = [{"code": "vet", "when": {"fact": "pets", "more_than": 0}}]

        assert "pets" == groups(policy, on=ON, customer={"pets": 2}).outcome.segment
        assert ("pets",) == groups(policy, on=ON).outcome.unknown["segment"]
        assert faults_of(library, facts="acme/facts", need=needs)

    def test_too_wide(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A table with more cases than can be gone through is refused, and says so."""
        monkeypatch.setattr(witness, "MOST", 3)
        rows = [BASE, {"code": "old", "age": [60, 151], "region": "east", "tier": "GOLD"}]

        [(path, _, wanted)] = faults_of(segment=rows)

        assert "version[0].segment" == path
        assert "too many to be checked" in wanted


class TestCustomers:
    """What is refused of a customer."""

    @pytest.mark.parametrize(
        ("customer", "named"),
        [
            ({"age": "old"}, "age"),
            ({"age": 30.5}, "age"),
            ({"age": -1}, "age"),
            ({"age": 151}, "age"),
            ({"leads_industry": "yes"}, "leads_industry"),
            ({"products": True}, "products"),
            ({"born_on": "yesterday"}, "born_on"),
            ({"behaviours": "investing"}, "behaviours"),
            ({"age": 30, "born_on": "1990-01-01"}, "36"),
        ],
    )
    def test_wrong_types(self, customer: dict[str, Any], named: str) -> None:
        """A value of another type, out of bounds or against another fact is refused, named."""
        with pytest.raises(FaultsError, match=named):
            groups("customer-groups", on=ON, customer=customer)

    @pytest.mark.parametrize(
        ("customer", "near"),
        [
            ({"regoin": "CN-GD"}, ("region",)),
            ({"region": "CN-GX-X"}, ("CN-GX",)),
            ({"industry": "catring"}, ("catering",)),
            ({"customer_kind": "persn"}, ("person",)),
            ({"customer_kind": ""}, ()),
            ({"behaviours": ["investin"]}, ("investing",)),
        ],
    )
    def test_unknown_names(self, customer: dict[str, Any], near: tuple[str, ...]) -> None:
        """A fact, code or behaviour there is none of is refused, with near names."""
        with pytest.raises(UnknownNameError) as caught:
            groups("customer-groups", on=ON, customer=customer)

        assert set(near) <= set(caught.value.near)

    def test_unknown_tier(self) -> None:
        """A tier that the policy does not list is refused."""
        policy = groups_policy(segment=[BASE], tiers=["BASE", "GOLD"])

        with pytest.raises(UnknownNameError, match="GOLD"):
            groups(policy, on=ON, customer={"tier": "GLOD"})

    def test_born_after_the_day(self) -> None:
        """Nobody is grouped before they are born."""
        with pytest.raises(ValueError, match="before the birth date"):
            groups("customer-groups", on=ON, born_on=date(2026, 4, 1))

    @pytest.mark.parametrize("age", [UNKNOWN, 36])
    def test_age_and_birth_date(self, age: object) -> None:
        """An age that agrees with the birth date, or is unknown, stands beside it."""
        found = groups("customer-groups", on=ON, customer={"age": age, "born_on": "1990-03-31"})

        assert 36 == found.outcome.age

    def test_several_screening_rows_of_one_outcome(self) -> None:
        """Where any of several rows could count and all say the same, the outcome is told."""
        screen = [
            {"code": "young", "outcome": "out", "when": {"fact": "age", "less_than": 18}},
            {"code": "rest", "outcome": "out"},
        ]
        found = groups(groups_policy(screen=screen, segment=[BASE]), on=ON)

        assert (None, "out") == (found.outcome.screening.row, found.outcome.screening.outcome)
        assert found.outcome.segment is None
        assert "Screened out, and not analysed: x and x." in found.explain()

    def test_behaviours_nobody_tells(self) -> None:
        """Where a policy tells no behaviours and none are stated, they are unknown, not none."""
        policy = groups_policy(segment=[BASE, {"code": "saver", "behaviour": "saving"}])

        assert ("behaviours",) == groups(policy, on=ON).outcome.unknown["segment"]
        assert "base" == groups(policy, on=ON, customer={"behaviours": []}).outcome.segment
        assert "saver" == groups(policy, on=ON, customer={"behaviours": ["saving"]}).outcome.segment

    def test_equal_values_of_other_types(self) -> None:
        """A value that equals one met before, and is of another type, is refused all the same."""
        assert (
            1
            == groups("customer-groups", on=ON, customer={"products": 1}).facts.customer["products"]
        )

        for wrong in (True, 1.0):
            with pytest.raises(FaultsError, match="products"):
                groups("customer-groups", on=ON, customer={"products": wrong})

    def test_screening_and_segment_both_open(self) -> None:
        """Where somebody could be screened out, what screening hangs on settles the segment too."""
        far = {"code": "far", "outcome": "out", "when": {"fact": "region", "within": "west"}}
        screen = [far, {"code": "near", "outcome": "in"}]
        gold = {"code": "gold", "tier": "GOLD"}
        policy = groups_policy(screen=screen, segment=[BASE, gold])

        both = groups(policy, on=ON).outcome
        one = groups(policy, on=ON, customer={"tier": "GOLD"}).outcome

        assert (("tier", "region"), ("gold", "base")) == (both.unknown["segment"], both.possible)
        assert (("region",), ("gold",)) == (one.unknown["segment"], one.possible)
        assert None is both.segment is one.segment

    def test_no_segments(self) -> None:
        """A policy of screening alone tells no segment, and that it has none."""
        found = groups(groups_policy(screen=[{"code": "all", "outcome": "in"}]), on=ON)

        assert found.outcome.segment is None
        assert "no segment" in found.explain()

    def test_too_wide_is_not_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the unknown facts cannot all be gone through, the segment is not known."""
        old = {"code": "old", "age": [60, 151]}
        policy = groups_policy(segment=[BASE, old])
        monkeypatch.setattr(witness, "MOST", 0)

        found = groups(policy, on=ON).outcome

        assert (None, ("old", "base")) == (found.segment, found.possible)


class TestTelling:
    """Why a customer belongs where they do."""

    LIN: Final = {
        "customer_kind": "business_owner",
        "age": 45,
        "region": "CN-GD",
        "industry": "catering",
        "leads_industry": False,
        "investing_share": 4900,
        "spending_share": 100,
        "business_share": 4000,
        "online_share": 5000,
        "products": 3,
    }

    def test_english(self) -> None:
        """Each more specific row is told with what kept it out, the values and the miss."""
        text = groups("customer-groups", on=ON, customer=self.LIN).explain("en")

        assert "Owners of small businesses: the most specific segment that fits." in text
        assert "✗ Young entrepreneurs: Age in years is 45; from 18 to before 35 is needed" in text
        assert "special to the region: Region is Guangdong, which is not within Sichuan" in text
        assert "is 4,900; at least 5,000 is needed — short by 100" in text
        assert "✓ General customers fits as well, and is less specific" in text
        assert "Key operator" not in text.partition("Leaders of an industry")[2].partition("\n")[0]

    def test_chinese(self) -> None:
        """The same in Chinese."""
        text = groups("customer-groups", on=ON, customer=self.LIN).explain("zh_CN")

        assert "中小企业主：符合条件的最具体的客户群体。" in text
        assert "年轻创业者：年龄为45，须从18起、不到35" in text

    def test_nearest_miss(self) -> None:
        """The nearest miss is the comparison that missed by the smallest share."""
        found = groups("customer-groups", on=ON, customer=self.LIN).explanation().nearest_miss

        assert found is not None
        assert 100 == found.short

    @pytest.mark.parametrize(
        ("when", "customer", "told"),
        [
            (
                {"fact": "age", "at_least": 60},
                {"age": 59},
                "is 59; at least 60 is needed — short by 1",
            ),
            ({"fact": "age", "more_than": 60}, {"age": 60}, "is 60; more than 60 is needed"),
            ({"fact": "age", "at_most": 60}, {"age": 61}, "is 61; at most 60 is allowed"),
            (
                {"not": {"fact": "age", "at_least": 60}},
                {"age": 61},
                "is 61; less than 60 is needed",
            ),
            ({"not": {"fact": "age", "at_most": 60}}, {"age": 59}, "is 59; more than 60 is needed"),
            ({"fact": "age", "equals": 60}, {"age": 61}, "Age in years is 61, not 60"),
            (
                {"not": {"fact": "age", "between": [18, 60]}},
                {"age": 59},
                "is 59; it must not be from 18 to before 60",
            ),
            (
                {"not": {"fact": "occupation", "equals": "chef"}},
                {"occupation": "chef"},
                "is chef, which it must not be (chef)",
            ),
            (
                {"not": {"fact": "occupation", "in": ["chef", "cook"]}},
                {"occupation": "chef"},
                "is chef, one of those it must not be: chef and cook",
            ),
            (
                {"not": {"fact": "region", "within": "west"}},
                {"region": "CN-SC"},
                "is Sichuan, which is within West",
            ),
            (
                {"not": {"fact": "behaviours", "includes": "saver"}},
                {"behaviours": ["saver"]},
                "x is among Behaviours (x)",
            ),
            (
                {"fact": "behaviours", "includes": "saver"},
                {"spending_share": 9000},
                "x is not among Behaviours ()",
            ),
            (
                {"any": [{"fact": "age", "at_least": 60}, {"fact": "tier", "equals": "GOLD"}]},
                {"age": 30, "tier": "BASE"},
                "Asset tier is BASE, not GOLD",
            ),
        ],
    )
    def test_every_comparison(self, when: Any, customer: dict[str, Any], told: str) -> None:
        """Every way in which a row can fail is told with the value and what was wanted."""
        saver = {"code": "saver", "when": {"fact": "spending_share", "less_than": 5000}}
        row = {"code": "row", "when": when}
        policy = groups_policy(behaviour=[saver], segment=[BASE, row])

        assert told in groups(policy, on=ON, customer=customer).explain("en")


class TestPotential:
    """Potential groups."""

    @pytest.mark.parametrize(
        ("market", "named"),
        [
            ({"market_size": 10, "market_served": 11}, "market_served"),
            ({"market_size": 10, "market_served": 1, "market_unserved": 8}, "market_unserved"),
            ({"market_size": -1}, "market_size"),
        ],
    )
    def test_figures_that_cannot_be(self, market: dict[str, Any], named: str) -> None:
        """Figures of a market that contradict each other are refused, named."""
        with pytest.raises(FaultsError, match=named):
            potential_groups("customer-groups", on=ON, study=STUDY, markets={"m": market})

    def test_empty_market(self) -> None:
        """A market of nobody has no share that is known."""
        market = {"customer_kind": "small_business", "market_size": 0, "market_served": 0}

        found = potential_groups("customer-groups", on=ON, study=STUDY, markets={"m": market})

        assert () == found.outcome.groups
        assert "none of the groups" in found.explain()

    def test_why_not(self) -> None:
        """What keeps a market from showing a group is told with its values."""
        market = {"industry": "retail", "customer_kind": "person"}

        found = potential_groups("customer-groups", on=ON, study=STUDY, markets={"shops": market})

        assert "✗ Young caterers (shops): Industry is Retail trade, which" in found.explain("en")
        assert "年轻餐饮创业群体（shops）：行业为零售业，不在餐饮业之内" in found.explain("zh")

    def test_undecided(self) -> None:
        """Where facts are missing, the headline says so, and nothing is shown."""
        market = {"customer_kind": "small_business"}

        found = potential_groups("customer-groups", on=ON, study=STUDY, markets={"m": market})

        assert "Undecided" in found.explain()
        assert {"unserved_businesses": ("m",)}.items() <= found.outcome.undecided.items()
        assert {"market_share", "market_unserved"} <= set(found.outcome.unknown["m"])

    @pytest.mark.parametrize(
        ("one", "other", "overlap"),
        [
            ({"region": "CN-SC"}, {"region": "CN-CQ"}, False),
            ({"region": "CN-SC"}, {"region": "west"}, True),
            ({"region": "CN-SC"}, {}, True),
            ({"market_age_until": 30}, {"market_age_from": 30}, False),
            ({"market_age_until": 31}, {"market_age_from": 30}, True),
            ({"industry": "catering"}, {"industry": "retail"}, False),
        ],
    )
    def test_overlap(self, one: dict[str, Any], other: dict[str, Any], overlap: bool) -> None:
        """Markets overlap unless a place, an industry, a kind or ages keep them apart."""
        row = {"code": "big", "when": {"fact": "market_size", "at_least": 10}}
        policy = groups_policy(potential=[row])
        size = {"market_size": 20, "market_served": 5}
        markets = {"one": {**size, **one}, "other": {**size, **other}}

        found = potential_groups(policy, on=ON, study=STUDY, markets=markets)

        [group] = found.outcome.groups
        assert ((None, None) if overlap else (40, 30)) == (group.size, group.unserved)
        assert (("one", "other") if overlap else ()) == group.overlapping
        assert overlap == ("overlap" in found.explain())


class TestBehaviours:
    """Facts of behaviour from turnover and holdings."""

    def test_shares(self) -> None:
        """Shares are whole basis points, rounded down; investing counts holdings as well."""
        found = behaviour_facts(
            {"spending": 100, "fund": 100, "salary": 100},
            {"fund": 500, "deposit": 200},
            by_channel={"app": 2, "branch": 1},
            active_days=3,
        )

        assert {
            "turnover_minor": 300,
            "investing_share": 6000,
            "spending_share": 3333,
            "business_share": 0,
            "online_share": 6666,
            "products": 2,
            "active_days": 3,
        } == found

    def test_nothing_is_unknown(self) -> None:
        """What was not counted is unknown, and so is a share of nothing; neither is zero."""
        unknown = behaviour_facts(UNKNOWN)
        nothing = behaviour_facts({}, {})

        assert {UNKNOWN} == set(unknown.values())
        assert (0, 0, UNKNOWN) == (
            nothing["turnover_minor"],
            nothing["products"],
            nothing["investing_share"],
        )

    def test_own_kinds(self) -> None:
        """A bank says which kinds are of which behaviour."""
        own = Dealings(spending=("pos",))

        assert 10_000 == behaviour_facts({"pos": 5}, dealings=own)["spending_share"]

    @pytest.mark.parametrize("amount", [-1, 1.5, True, "5"])
    def test_no_sums(self, amount: Any) -> None:
        """A sum below zero, or no whole number, is refused with its kind."""
        with pytest.raises(ValueError, match="spending"):
            behaviour_facts({"spending": amount})


class TestVersions:
    """Which version of a policy tells."""

    def test_cohorts_and_days(self) -> None:
        """The version of the day and of the customer's cohort tells."""
        source = {"text": "Acme", "checked": "own"}
        base = {"segment": [{**BASE, "title": TITLE}], "source": source}
        later = {"segment": [{"code": "later", "title": TITLE}], "source": source}
        firms = {"segment": [{"code": "firms", "title": TITLE}], "source": source}
        cohort = {"fact": "customer_kind", "within": "organisation"}
        versions = [
            {"since": date(2020, 1, 1), **base},
            {"since": date(2026, 1, 1), **later},
            {"since": date(2026, 1, 1), **firms, "applies_to": cohort},
        ]
        raw = {"id": "acme/groups", "kind": "segmentation.groups", "version": versions}
        policy = read_policy(raw, "groups.toml", SHELF.kinds, SHELF)

        def told(on: date, kind: str) -> str | None:
            return groups(policy, on=on, customer={"customer_kind": kind}).outcome.segment

        assert "base" == told(date(2025, 12, 31), "small_business")
        assert "firms" == told(date(2026, 1, 1), "small_business")
        assert "later" == told(date(2026, 1, 1), "business_owner")


def test_regions_and_industries() -> None:
    """The shipped trees hold four regions of 31 provinces, and the sections A to T."""
    regions = SHELF.get("vocabulary/regions").versions[0].parameters
    industries = SHELF.get("vocabulary/industries").versions[0].parameters
    sections = [industries[code].tags[0][-1] for code in industries.children()]

    assert {"east": 10, "central": 6, "west": 12, "northeast": 3} == {
        code: len(regions.children(code)) for code in regions.children("CN")
    }
    assert list("ABCDEFGHIJKLMNOPQRST") == sections
    assert industries.within("catering", "hospitality")


def test_bounds_keep_examples_possible() -> None:
    """Examples of faults are of people there could be."""
    policy = groups_policy(segment=[BASE]).versions[0].parameters

    [(_, got, _)] = faults_of(segment=[{"code": "x", "age": [1, 151]}])

    assert (0, 150) == policy.world.ranges["age"]
    assert "a gap at age = 0" == got
