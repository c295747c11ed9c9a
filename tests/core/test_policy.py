"""Policies: which version is in force, on two time axes, for which customers; and what changed."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bankservice.core.conditions import FactType
from bankservice.core.errors import Fault, FaultsError, NotInForceError, PolicyError
from bankservice.core.policy import (
    AmbiguousVersionError,
    Faults,
    Kind,
    Policy,
    PolicyRef,
    Title,
    Undecided,
    UndecidedVersionError,
    Version,
    changes,
)
from bankservice.core.policy_file import read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.unknown import UNKNOWN


@attrs.frozen(kw_only=True)
class Fee:
    """Parameters of the toy kind."""

    amount: Decimal


FEE: Kind[Fee, Fee] = Kind(
    "toy.fee",
    Fee,
    lambda written, faults, library: written,
    cohort={
        "region": FactType("text"),
        "income": FactType("number"),
        "opened_on": FactType("date"),
        "vip": FactType("boolean"),
    },
)
SHELF = PolicyShelf([FEE], {})
OWN = {"text": "Acme tariff", "checked": "own"}


def fee(*versions: Mapping[str, Any]) -> Policy[Any]:
    """Return the toy policy with these versions; each gets a source and an amount."""
    tables = [{"source": OWN, "amount": "1", **version} for version in versions]
    return read_policy(
        {"id": "acme/fee", "kind": "toy.fee", "version": tables}, "the test", SHELF.kinds, SHELF
    )


def chosen(policy: Policy[Any], day: date, **facts: object) -> str:
    """Return the amount in force on *day*, as text."""
    return str(policy.on(day, facts).parameters.amount)


class TestInForce:
    """A version is in force from its first day until the next one, or its repeal."""

    POLICY = fee(
        {"since": date(2010, 1, 1), "amount": "10", "ends_on": date(2012, 1, 1)},
        {"since": date(2015, 1, 1), "amount": "15"},
        {"since": date(2018, 1, 1), "amount": "18", "ends_on": date(2019, 1, 1)},
    )

    @pytest.mark.parametrize(
        ("day", "amount"),
        [
            (date(2010, 1, 1), "10"),
            (date(2011, 12, 31), "10"),
            (date(2015, 1, 1), "15"),
            (date(2017, 12, 31), "15"),
            (date(2018, 1, 1), "18"),
            (date(2018, 12, 31), "18"),
        ],
    )
    def test_first_and_last_day(self, day: date, amount: str) -> None:
        """The first day counts; the first day of the next version, or of the repeal, does not."""
        assert amount == chosen(self.POLICY, day)

    def test_before_the_first(self) -> None:
        """A day before the first version is an error that names the first day and what to do."""
        with pytest.raises(NotInForceError) as caught:
            self.POLICY.on(date(2009, 12, 31))

        assert (
            "acme/fee has no version on 2009-12-31: its first version starts on 2010-01-01. "
            "Pass a later day, or add an earlier version."
        ) == str(caught.value)

    @pytest.mark.parametrize(
        ("day", "ended"),
        [
            (date(2012, 1, 1), "2012-01-01"),
            (date(2014, 12, 31), "2012-01-01"),
            (date(2019, 1, 1), "2019-01-01"),
            (date(2030, 6, 1), "2019-01-01"),
        ],
    )
    def test_after_a_repeal(self, day: date, ended: str) -> None:
        """From the repeal's day on there is a gap, and the message names the latest repeal."""
        with pytest.raises(NotInForceError) as caught:
            self.POLICY.on(day)

        assert (
            f"acme/fee has no version on {day}: it ended on {ended}. Pass an earlier day."
        ) == str(caught.value)

    def test_a_repeal_does_not_bring_an_older_version_back(self) -> None:
        """A version that has ended hides the older ones: repeal is not a return to the old rule."""
        policy = fee(
            {"since": date(2010, 1, 1)},
            {"since": date(2018, 1, 1), "ends_on": date(2019, 1, 1)},
        )

        assert policy.select(date(2019, 1, 1)) is None

    def test_select_says_none_where_on_raises(self) -> None:
        """`select` returns None in a gap, for callers that treat it as a value."""
        assert self.POLICY.select(date(2013, 1, 1)) is None

    def test_versions_are_oldest_first_whatever_the_file_says(self) -> None:
        """The order of the tables in the file has no meaning."""
        policy = fee({"since": date(2020, 1, 1)}, {"since": date(2010, 1, 1)})

        assert [date(2010, 1, 1), date(2020, 1, 1)] == [v.since for v in policy.versions]


class TestTwoTimeAxes:
    """A version has a day it takes effect and a day it became known."""

    POLICY = fee(
        {"since": date(2020, 1, 1), "known_on": date(2019, 6, 1), "amount": "20"},
        {"since": date(2020, 1, 1), "known_on": date(2020, 3, 1), "amount": "21"},
        {"since": date(2022, 1, 1), "known_on": date(2021, 9, 1), "amount": "22"},
    )

    def test_known_on_defaults_to_since(self) -> None:
        """A version that does not say when it became known became known on its first day."""
        version = fee({"since": date(2020, 1, 1)}).versions[0]

        assert date(2020, 1, 1) == version.ref.known_on

    def test_a_correction_wins(self) -> None:
        """The same first day with a later known_on replaces the earlier text, for its whole time."""
        assert "21" == chosen(self.POLICY, date(2020, 1, 1))

    @pytest.mark.parametrize(
        ("known", "day", "amount"),
        [
            (date(2019, 6, 1), date(2020, 2, 1), "20"),
            (date(2020, 2, 29), date(2021, 1, 1), "20"),
            (date(2020, 3, 1), date(2020, 2, 1), "21"),
            (date(2021, 8, 31), date(2022, 1, 1), "21"),
            (date(2021, 9, 1), date(2022, 1, 1), "22"),
        ],
    )
    def test_as_known(self, known: date, day: date, amount: str) -> None:
        """Asked as known on a day, versions that became known later do not exist (inclusive end)."""
        assert amount == chosen(self.POLICY.as_known(known), day)

    def test_as_known_before_anything_was(self) -> None:
        """Before the first version was known there is nothing, and the message says so."""
        nothing = self.POLICY.as_known(date(2019, 5, 31))

        with pytest.raises(NotInForceError) as caught:
            nothing.on(date(2020, 1, 1))

        assert (
            "acme/fee has no version that was known; load one, or ask as known on a later day."
        ) == str(caught.value)

    def test_as_known_at_the_end_is_the_policy_itself(self) -> None:
        """Where everything is known, no copy is made."""
        assert self.POLICY.as_known(date(2021, 9, 1)) is self.POLICY

    def test_equal_in_both_is_an_error(self) -> None:
        """Two versions with the same first day and the same known_on cannot both be right."""
        with pytest.raises(PolicyError) as caught:
            fee({"since": date(2020, 1, 1)}, {"since": date(2020, 1, 1), "amount": "2"})

        fault = caught.value.faults[0]
        assert 1 == len(caught.value.faults)
        assert "2020-01-01" in fault.path
        assert "two versions known on 2020-01-01" == fault.got
        assert "one; a correction has a later known_on" == fault.wanted

    def test_equal_in_both_for_other_cohorts_is_not(self) -> None:
        """Two cohorts may each have a version of the same days."""
        policy = fee(
            {"since": date(2020, 1, 1), "applies_to": {"fact": "region", "equals": "east"}},
            {
                "since": date(2020, 1, 1),
                "applies_to": {"fact": "region", "equals": "west"},
                "amount": "2",
            },
        )

        assert ("1", "2") == (
            chosen(policy, date(2020, 1, 1), region="east"),
            chosen(policy, date(2020, 1, 1), region="west"),
        )

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_cohort_of_the_same_days_wins_over_everybody(self, turned: bool) -> None:
        """Of two versions of the same days, the cohort's own wins, in whatever order they stand."""
        tables: list[Mapping[str, Any]] = [
            {"since": date(2020, 1, 1)},
            {
                "since": date(2020, 1, 1),
                "applies_to": {"fact": "region", "equals": "east"},
                "amount": "2",
            },
        ]
        policy = fee(*(tables[::-1] if turned else tables))

        assert ("2", "1") == (
            chosen(policy, date(2020, 1, 1), region="east"),
            chosen(policy, date(2020, 1, 1), region="west"),
        )

    @pytest.mark.parametrize("turned", [False, True])
    def test_two_cohorts_of_the_same_days_are_ambiguous(self, turned: bool) -> None:
        """A customer of two cohorts whose versions are of the same days is refused, by name."""
        tables: list[Mapping[str, Any]] = [
            {"since": date(2019, 1, 1), "applies_to": {"fact": "region", "equals": "east"}},
            {"since": date(2020, 1, 1), "applies_to": {"fact": "region", "equals": "east"}},
            {"since": date(2020, 1, 1), "applies_to": {"fact": "region", "in": ["east", "west"]}},
        ]
        policy = fee(*(tables[::-1] if turned else tables))

        with pytest.raises(AmbiguousVersionError, match="two versions since 2020-01-01") as caught:
            policy.select(date(2020, 1, 1), {"region": "east"})
        assert 2 == len(caught.value.cohorts)
        assert caught.value.cohorts == pickle.loads(pickle.dumps(caught.value)).cohorts
        assert isinstance(policy.select(date(2020, 1, 1), {"region": "west"}), Version)
        assert isinstance(policy.select(date(2019, 6, 1), {"region": "east"}), Version)


class TestEquality:
    """Policies are equal by id and versions, so that a policy read twice is one."""

    def test_read_twice(self) -> None:
        """Equal ids and versions make equal policies with equal hashes; another version does not."""
        once, again = fee({"since": date(2020, 1, 1)}), fee({"since": date(2020, 1, 1)})
        other = fee({"since": date(2020, 1, 1), "amount": "2"})

        assert once == again
        assert hash(once) == hash(again)
        assert once != other
        assert once != "acme/fee"


class TestCohorts:
    """A version may be for some customers only."""

    POLICY = fee(
        {"since": date(2010, 1, 1), "amount": "10"},
        {
            "since": date(2020, 1, 1),
            "amount": "20",
            "applies_to": {"fact": "opened_on", "at_least": date(2020, 1, 1)},
        },
    )

    def test_others_keep_the_older_version(self) -> None:
        """Customers outside the cohort stay under the version before."""
        assert ("20", "10") == (
            chosen(self.POLICY, date(2021, 1, 1), opened_on=date(2020, 5, 1)),
            chosen(self.POLICY, date(2021, 1, 1), opened_on=date(2019, 12, 31)),
        )

    def test_the_cohort_does_not_matter_before_its_day(self) -> None:
        """Before the cohort's version begins, its fact need not be known."""
        assert "10" == chosen(self.POLICY, date(2019, 12, 31))

    @pytest.mark.parametrize(
        "facts",
        [None, {}, {"opened_on": None}, {"opened_on": UNKNOWN}, {"opened_on": "unknown"}],
    )
    def test_unknown_cohort_fact(self, facts: Mapping[str, object] | None) -> None:
        """An unknown or missing fact gives no version but names the fact; never a default."""
        assert Undecided(("opened_on",)) == self.POLICY.select(date(2021, 1, 1), facts)

    def test_unknown_cohort_fact_raises_on_request(self) -> None:
        """`on` raises instead, and the message names policy, day and fact."""
        with pytest.raises(UndecidedVersionError) as caught:
            self.POLICY.on(date(2021, 1, 1))

        assert ("acme/fee on 2021-01-01 depends on opened_on, which is unknown; state it.") == str(
            caught.value
        )
        assert ("opened_on",) == caught.value.facts

    def test_the_error_pickles(self) -> None:
        """The error survives the way from a worker process."""
        error = UndecidedVersionError("acme/fee", date(2021, 1, 1), ("opened_on",))

        again = pickle.loads(pickle.dumps(error))

        assert (str(error), error.facts) == (str(again), again.facts)

    @pytest.mark.parametrize(
        "stated",
        [
            {"income": Decimal("6.5")},
            {"income": 6},
            {"opened_on": date(2020, 1, 1)},
            {"vip": False},
        ],
    )
    def test_only_unknown_facts_are_named(self, stated: Mapping[str, object]) -> None:
        """A fact that is stated, of whatever type, is not asked for again."""
        (name,) = stated
        floors = {"income": 5, "opened_on": date(2019, 1, 1)}
        known = (
            {"fact": "vip", "equals": False}
            if name == "vip"
            else {"fact": name, "at_least": floors[name]}
        )
        policy = fee(
            {
                "since": date(2020, 1, 1),
                "applies_to": {"all": [known, {"fact": "region", "equals": "east"}]},
            }
        )

        assert Undecided(("region",)) == policy.select(date(2021, 1, 1), stated)

    def test_a_known_fact_may_decide_alone(self) -> None:
        """Where one known fact settles the cohort, the unknown one does not matter."""
        policy = fee(
            {"since": date(2010, 1, 1), "amount": "10"},
            {
                "since": date(2020, 1, 1),
                "amount": "20",
                "applies_to": {
                    "all": [
                        {"fact": "income", "at_least": 5},
                        {"fact": "region", "equals": "east"},
                    ]
                },
            },
        )

        assert "10" == chosen(policy, date(2021, 1, 1), income=4)

    def test_nobody_left(self) -> None:
        """Where every version is for others, the message says that, not that it has ended."""
        policy = fee(
            {"since": date(2020, 1, 1), "applies_to": {"fact": "region", "equals": "east"}}
        )

        with pytest.raises(NotInForceError) as caught:
            policy.on(date(2021, 1, 1), {"region": "west"})

        assert (
            "acme/fee has no version on 2021-01-01 that applies to a customer with these facts."
        ) == str(caught.value)

    def test_applies(self) -> None:
        """A version for everybody applies without facts; one for a cohort tells, or does not know."""
        everybody, cohort = self.POLICY.versions

        assert (True, True, False, None) == (
            everybody.applies({}),
            cohort.applies({"opened_on": date(2020, 1, 1)}),
            cohort.applies({"opened_on": date(2019, 1, 1)}),
            cohort.applies({}),
        )

    @pytest.mark.parametrize(
        ("cohort", "facts"),
        [
            ({"fact": "opened_on", "at_least": date(2020, 1, 1)}, {"opened_on": "2020-05-01"}),
            ({"fact": "income", "more_than": 10}, {"income": "10.5"}),
            ({"fact": "income", "more_than": 10}, {"income": 11}),
            ({"fact": "region", "equals": "2020"}, {"region": "2020"}),
        ],
    )
    def test_facts_may_stand_as_text(
        self, cohort: Mapping[str, Any], facts: Mapping[str, object]
    ) -> None:
        """Facts come from JSON too: dates and numbers as text are read by the type declared."""
        version = fee({"since": date(2020, 1, 1), "applies_to": cohort}).versions[0]

        assert version.applies(facts) is True

    @pytest.mark.parametrize(
        ("name", "value"),
        [("opened_on", "last year"), ("opened_on", 5), ("income", 10.5), ("vip", "yes")],
    )
    def test_facts_of_another_type_are_a_mistake(self, name: str, value: object) -> None:
        """A fact that is not of its declared type is refused by name, never compared."""
        wanted = {"opened_on": date(2020, 1, 1), "income": 10, "vip": True}[name]
        version = fee(
            {"since": date(2020, 1, 1), "applies_to": {"fact": name, "equals": wanted}}
        ).versions[0]

        with pytest.raises(FaultsError, match=f"fact {name} for acme/fee has 1 fault"):
            version.applies({name: value})

    def test_cohort_as_text(self) -> None:
        """The cohort's canonical text is empty for everybody and differs between cohorts."""
        everybody, cohort = self.POLICY.versions

        assert "" == everybody.cohort
        assert "opened_on" in cohort.cohort


# -- properties: random sets of versions against two loops ---------------------------------------

FIRST = date(2020, 1, 1)
SPAN = 40
REGIONS = ("east", "west", "north")


@attrs.frozen
class Row:
    """A version of a random set, in days after FIRST."""

    since: int
    known: int
    ends: int | None
    region: str

    def table(self, amount: int) -> dict[str, Any]:
        """Return the version's table."""
        table: dict[str, Any] = {
            "since": FIRST + timedelta(self.since),
            "known_on": FIRST + timedelta(self.known),
            "amount": str(amount),
        }
        if self.ends is not None:
            table["ends_on"] = FIRST + timedelta(self.since + self.ends)
        if self.region:
            table["applies_to"] = {"fact": "region", "equals": self.region}
        return table


def rows() -> st.SearchStrategy[list[Row]]:
    """Return sets of versions of which no two are equal in both days."""
    return st.lists(
        st.builds(
            Row,
            st.integers(1, SPAN),
            st.integers(0, SPAN),
            st.none() | st.integers(1, 20),
            st.sampled_from(("", "", "east", "west")),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda row: (row.since, row.known),
    )


def oracle(held: Sequence[Row], day: int, known: int, region: str) -> int | None:
    """Return the index of the version in force, found by looking at each."""
    best: tuple[int, int] | None = None
    found: int | None = None
    for index, row in enumerate(held):
        visible = row.known <= known and row.since <= day and row.region in ("", region)
        if visible and (best is None or (row.since, row.known) > best):
            best, found = (row.since, row.known), index
    if found is not None:
        ends = held[found].ends
        if ends is not None and held[found].since + ends <= day:
            return None
    return found


@given(rows(), st.integers(0, SPAN), st.sampled_from(REGIONS))
def test_every_day_has_one_version_or_a_named_gap(held: list[Row], known: int, region: str) -> None:
    """For every day there is exactly the version the oracle finds, or an error naming the day."""
    policy = fee(*(row.table(index) for index, row in enumerate(held)))
    policy = policy.as_known(FIRST + timedelta(known))
    for offset in range(SPAN + 22):
        day = FIRST + timedelta(offset)
        wanted = oracle(held, offset, known, region)
        if wanted is None:
            with pytest.raises(NotInForceError) as caught:
                policy.on(day, {"region": region})
            message = str(caught.value)

            assert message.startswith("acme/fee has no version")
            assert not policy.versions or str(day) in message
        else:
            assert Decimal(wanted) == policy.on(day, {"region": region}).parameters.amount


@given(rows(), st.integers(0, SPAN + 20))
def test_an_unknown_region_never_picks_a_version_of_its_own(held: list[Row], offset: int) -> None:
    """Where a version is chosen without the region, every region would have got the same."""
    policy = fee(*(row.table(index) for index, row in enumerate(held)))
    day = FIRST + timedelta(offset)
    found = policy.select(day)
    each = [policy.select(day, {"region": region}) for region in REGIONS]

    if isinstance(found, Undecided):
        assert ("region",) == found.facts
    else:
        assert [found] * len(REGIONS) == each


@given(rows(), st.data())
def test_a_future_version_changes_nothing_before_it(held: list[Row], data: st.DataObject) -> None:
    """Adding a version leaves every day before its first day, and every view before it was known, as it was."""
    *before, added = held
    assume(before)
    old = fee(*(row.table(index) for index, row in enumerate(before)))
    new = fee(*(row.table(index) for index, row in enumerate(held)))
    region = {"region": data.draw(st.sampled_from(REGIONS))}

    for offset in range(added.since):
        day = FIRST + timedelta(offset)
        assert old.select(day, region) == new.select(day, region)
    day = FIRST + timedelta(data.draw(st.integers(0, SPAN + 20)))
    for known in range(added.known):
        then = FIRST + timedelta(known)
        assert old.as_known(then).select(day, region) == new.as_known(then).select(day, region)


@given(rows(), st.randoms())
def test_the_order_of_the_tables_means_nothing(held: list[Row], random: Any) -> None:
    """However the version tables are shuffled, the same versions stand in the same order."""
    tables = [row.table(index) for index, row in enumerate(held)]
    shuffled = list(tables)
    random.shuffle(shuffled)

    assert fee(*tables).versions == fee(*shuffled).versions


# -- small values --------------------------------------------------------------------------------


class TestVersionValues:
    """Versions are told apart by what they say, not by how they were read."""

    def test_equal_and_hash(self) -> None:
        """Read twice, a version is equal and hashes the same."""
        one, two = (fee({"since": date(2020, 1, 1)}).versions[0] for _ in range(2))

        assert one == two
        assert hash(one) == hash(two)

    @pytest.mark.parametrize(
        "other",
        [
            {"amount": "2"},
            {"since": date(2021, 1, 1)},
            {"known_on": date(2019, 1, 1)},
            {"applies_to": {"fact": "region", "equals": "east"}},
        ],
    )
    def test_unequal(self, other: Mapping[str, Any]) -> None:
        """Another parameter, day or cohort makes another version."""
        one = fee({"since": date(2020, 1, 1)}).versions[0]
        two = fee({"since": date(2020, 1, 1), **other}).versions[0]

        assert one != two

    def test_not_equal_to_anything_else(self) -> None:
        """A version is not equal to its own reference."""
        version = fee({"since": date(2020, 1, 1)}).versions[0]

        assert version != version.ref

    def test_reference_as_text(self) -> None:
        """The short name gives id, first day and digest, and known_on only where it differs."""
        plain = PolicyRef("acme/fee", date(2020, 1, 1), date(2020, 1, 1), "0123456789abcdef")
        corrected = attrs.evolve(plain, known_on=date(2020, 3, 1))

        assert "acme/fee@2020-01-01 (0123456789ab)" == str(plain)
        assert "acme/fee@2020-01-01, known 2020-03-01 (0123456789ab)" == str(corrected)

    def test_title(self) -> None:
        """Chinese locales get the Chinese title, all others the English one."""
        title = Title(en="Fee", zh="费用")

        assert ["费用", "费用", "Fee", "Fee"] == [
            title.of(locale) for locale in ("zh_CN", "zh", "en", "fr")
        ]

    def test_a_version_knows_its_kind(self) -> None:
        """A version names the kind it was read by."""
        version: Version[Any] = fee({"since": date(2020, 1, 1)}).versions[0]

        assert version.kind is FEE


class TestFaultCollection:
    """Faults are collected with paths from the root of the file."""

    @pytest.mark.parametrize(
        ("start", "path", "whole"),
        [
            ("version[0]", "amount", "version[0].amount"),
            ("version[0]", "", "version[0]"),
            ("", "amount", "amount"),
            ("", "", ""),
        ],
    )
    def test_paths(self, start: str, path: str, whole: str) -> None:
        """The path is joined to where the collection began; empty parts add no dot."""
        faults = Faults(start)
        faults.add(path, 5, "six", ("sixe",))

        assert [Fault(whole, "5", "six", ("sixe",))] == list(faults)
        assert 1 == len(faults)


class TestChanges:
    """What differs between two versions, as (path, before, after)."""

    def test_nothing(self) -> None:
        """Equal values have no changes."""
        value = {"amount": "1", "tier": [{"code": "A"}], "days": [1, 2]}

        assert [] == list(changes(value, value))

    def test_nested_and_new_and_gone(self) -> None:
        """Tables are compared key by key; a key on one side only stands against None."""
        before = {"review": {"every": "P1M", "day": 1}, "old": True}
        after = {"review": {"every": "P3M", "day": 1}, "new": "x"}

        assert [
            ("review.every", "P1M", "P3M"),
            ("old", True, None),
            ("new", None, "x"),
        ] == list(changes(before, after))

    def test_rows_are_paired_by_code(self) -> None:
        """A new row first does not shift the others."""
        before = {"tier": [{"code": "A", "enter": "1"}, {"code": "B", "enter": "2"}]}
        after = {"tier": [{"code": "0"}, {"code": "A", "enter": "1"}, {"code": "B", "enter": "3"}]}

        assert [("tier.B.enter", "2", "3"), ("tier.0", None, {"code": "0"})] == list(
            changes(before, after)
        )

    def test_rows_are_paired_by_name(self) -> None:
        """Rows without a code are paired by their name."""
        before = [{"name": "reply", "target": "P1D"}]
        after = [{"name": "reply", "target": "P2D"}]

        assert [("clock.reply.target", "P1D", "P2D")] == list(changes(before, after, "clock"))

    @pytest.mark.parametrize(
        "extra",
        [{"code": "A", "n": 3}, {"n": 3}, {"name": {"en": "Eid"}, "n": 3}, "text"],
        ids=["taken", "nameless", "named-in-languages", "no-table"],
    )
    def test_rows_without_clear_names_are_paired_by_place(self, extra: object) -> None:
        """A repeated or missing name, or a row that is no table, falls back to the place."""
        before = [{"code": "A", "n": 1}, extra]
        after = [{"code": "A", "n": 2}, extra]

        assert [("row.[0].n", 1, 2)] == list(changes(before, after, "row"))

    def test_plain_lists_are_one_value(self) -> None:
        """A list of plain values is compared whole."""
        assert [("days", [1], [1, 2])] == list(changes({"days": [1]}, {"days": [1, 2]}))

    def test_another_shape_is_one_change(self) -> None:
        """A table that becomes a text is one change, at its own path."""
        assert [("hours", {"mon": 1}, "always")] == list(
            changes({"hours": {"mon": 1}}, {"hours": "always"})
        )
