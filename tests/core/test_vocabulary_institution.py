"""Vocabularies (trees of codes) and the institution profile, as policies."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.errors import PolicyError, UnknownNameError
from bankservice.core.institution import (
    INSTITUTION,
    Profile,
    check_currency,
    check_zone,
)
from bankservice.core.policy import Faults, Policy, Title
from bankservice.core.policy_file import read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.vocabulary import VOCABULARY, Code, Tree

SHELF = PolicyShelf(
    policies.kinds(),
    {"vocabulary": "bankservice.core", "segmentation": "bankservice.segmentation"},
)
TITLE = {"en": "x", "zh": "x"}


def vocabulary(*codes: dict[str, Any], shelf: PolicyShelf = SHELF, **table: Any) -> Policy[Any]:
    """Return a vocabulary with these codes."""
    version = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme", "checked": "own"},
        "code": [{"title": TITLE, **code} for code in codes],
        **table,
    }
    raw = {"id": "acme/words", "kind": VOCABULARY.name, "version": [version]}
    return read_policy(raw, "words.toml", shelf.kinds, shelf)


def tree(*codes: dict[str, Any], **table: Any) -> Tree:
    """Return the tree these codes make."""
    found = vocabulary(*codes, **table).versions[0].parameters
    assert isinstance(found, Tree)
    return found


def refused(*codes: dict[str, Any], **table: Any) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Return the faults of a vocabulary by path."""
    with pytest.raises(PolicyError) as caught:
        vocabulary(*codes, **table)
    return {fault.path: (fault.got, fault.wanted, fault.near) for fault in caught.value.faults}


class TestTree:
    """Codes stand under codes."""

    TREE = tree(
        {"code": "hotline", "under": "phone"},
        {"code": "phone"},
        {"code": "abroad", "under": "hotline"},
        {"code": "app", "tags": ["online"], "ours": True},
    )

    def test_path(self) -> None:
        """The path runs from the root to the code, in whatever order the codes were written."""
        assert ("phone", "hotline", "abroad") == self.TREE.path("abroad")
        assert ("app",) == self.TREE.path("app")

    @pytest.mark.parametrize(
        ("code", "ancestor", "answer"),
        [
            ("abroad", "phone", True),
            ("abroad", "abroad", True),
            ("phone", "abroad", False),
            ("app", "phone", False),
        ],
    )
    def test_within(self, code: str, ancestor: str, answer: bool) -> None:
        """A code is within itself and everything above it, and nothing else."""
        assert answer is self.TREE.within(code, ancestor)

    def test_children(self) -> None:
        """Children are the codes directly below; without a code, the roots."""
        assert ("hotline",) == self.TREE.children("phone")
        assert ("phone", "app") == self.TREE.children()
        assert () == self.TREE.children("app")

    def test_it_is_a_mapping(self) -> None:
        """A tree can be asked for a code, a number of codes, and each of them."""
        assert 4 == len(self.TREE)
        assert ["hotline", "phone", "abroad", "app"] == list(self.TREE)
        assert "app" in self.TREE
        assert "fax" not in self.TREE
        assert (
            Code(code="app", title=Title(**TITLE), tags=("online",), ours=True) == self.TREE["app"]
        )

    @pytest.mark.parametrize("ask", ["__getitem__", "path"])
    def test_unknown_code(self, ask: str) -> None:
        """A code that is not there offers the near ones."""
        with pytest.raises(UnknownNameError) as caught:
            getattr(self.TREE, ask)("hotlin")

        assert ("code", "hotline") == (caught.value.kind, caught.value.near[0])

    @given(st.lists(st.integers(0, 9), max_size=10))
    def test_within_agrees_with_walking_up(self, above: list[int]) -> None:
        """In any tree, `within` says what walking up from the code finds."""
        codes = [
            {"code": f"c{i}", "under": f"c{up % i}" if i and up % 3 else ""}
            for i, up in enumerate(above)
        ]
        parents = {code["code"]: code["under"] for code in codes}
        found = tree(*codes)
        for code in parents:
            walked = {code}
            step = code
            while step := parents[step]:
                walked.add(step)

            assert walked == {other for other in parents if found.within(code, other)}


class TestFaults:
    """What is no tree is refused, with every fault."""

    def test_unknown_parent(self) -> None:
        """A code under one that is not there offers the near names."""
        assert {
            "version[0].code[1].under": (
                "'phnoe'",
                "a code of this vocabulary",
                ("phone", "hotline"),
            )
        } == refused({"code": "phone"}, {"code": "hotline", "under": "phnoe"})

    def test_a_circle(self) -> None:
        """Codes that stand below one another are refused, each of them."""
        wanted = "a code that does not stand below this one"

        assert {
            "version[0].code[0].under": ("'b'", wanted, ()),
            "version[0].code[1].under": ("'a'", wanted, ()),
        } == refused({"code": "a", "under": "b"}, {"code": "b", "under": "a"})

    def test_a_code_under_itself(self) -> None:
        """The shortest circle is one code."""
        assert {"version[0].code[0].under"} == set(refused({"code": "a", "under": "a"}))

    def test_a_code_twice(self) -> None:
        """The second of two equal codes is the fault."""
        assert {"version[0].code[1].code": ("'a'", "a code that is not taken", ())} == refused(
            {"code": "a"}, {"code": "a"}
        )

    def test_all_at_once(self) -> None:
        """A repeated code, an unknown parent and a circle are told together."""
        assert {
            "version[0].code[1].code",
            "version[0].code[2].under",
            "version[0].code[3].under",
            "version[0].code[4].under",
        } == set(
            refused(
                {"code": "a"},
                {"code": "a"},
                {"code": "b", "under": "nowhere"},
                {"code": "c", "under": "d"},
                {"code": "d", "under": "c"},
            )
        )


class TestExtends:
    """A bank adds its codes to a shipped tree."""

    def test_codes_are_added(self) -> None:
        """The shipped codes are there, and a new one may stand under one of them."""
        found = tree({"code": "van", "under": "branch"}, extends="vocabulary/channels")

        assert found.within("van", "branch")
        assert "app" in found
        assert len(SHELF.get("vocabulary/channels").versions[-1].parameters) + 1 == len(found)

    def test_a_shipped_code_is_taken(self) -> None:
        """A shipped code is never given a second meaning."""
        assert {"version[0].code[0].code"} == set(
            refused({"code": "app"}, extends="vocabulary/channels")
        )

    def test_an_unknown_vocabulary(self) -> None:
        """An id that is not there offers the near ones."""
        got, wanted, near = refused({"code": "van"}, extends="vocabulary/chanels")[
            "version[0].extends"
        ]

        assert ("'vocabulary/chanels'", "the id of a vocabulary") == (got, wanted)
        assert "vocabulary/channels" == near[0]

    def test_a_policy_of_another_kind(self) -> None:
        """A policy that is no vocabulary cannot be extended."""
        assert {
            "version[0].extends": ("'segmentation/cn-retail-shape'", "the id of a vocabulary", ())
        } == refused({"code": "van"}, extends="segmentation/cn-retail-shape")


class TestShipped:
    """The shipped vocabularies are whole."""

    @pytest.mark.parametrize(
        "policy_id", [name for name in SHELF.shipped() if name.startswith("vocabulary/")]
    )
    def test_every_code_has_titles_and_a_root(self, policy_id: str) -> None:
        """Every code has a title in both languages and a path that ends in a root."""
        for version in SHELF.get(policy_id).versions:
            found = version.parameters
            assert len(found) > 0
            for code in found:
                assert found[code].title.en
                assert found[code].title.zh
                assert found.path(code)[0] in found.children()
                assert code == found.path(code)[-1]

    def test_fixed_places(self) -> None:
        """The places that other tables rely on: a hotline is a phone, the web is the website."""
        channels = SHELF.get("vocabulary/channels").on(date(2026, 1, 1)).parameters

        assert (True, True, False) == (
            channels.within("hotline", "phone"),
            channels.within("web", "website"),
            channels.within("hotline", "branch"),
        )


def institution(**table: Any) -> Profile:
    """Return the profile written in *table*."""
    version = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme", "checked": "own"},
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        **table,
    }
    raw = {"id": "acme/bank", "kind": INSTITUTION.name, "version": [version]}
    shelf = policies.shelf()
    found = read_policy(raw, "bank.toml", shelf.kinds, shelf).versions[0].parameters
    assert isinstance(found, Profile)
    return found


class TestInstitution:
    """The profile decides the local day."""

    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
            (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
            (datetime(2026, 6, 30, 23, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 7, 1)),
        ],
    )
    def test_the_zone_decides(self, moment: datetime, day: date) -> None:
        """The institution's own midnight turns the day; the offset of the moment never does."""
        assert day == institution().day_of(moment)

    @pytest.mark.parametrize(
        ("hour", "minute", "day"),
        [(16, 59, date(2026, 6, 30)), (17, 0, date(2026, 7, 1)), (23, 59, date(2026, 7, 1))],
    )
    def test_the_cut_off_belongs_to_the_next_day(self, hour: int, minute: int, day: date) -> None:
        """From the cut-off on (inclusive) an instant belongs to the next day."""
        bank = institution(cut_off="17:00")
        moment = datetime(2026, 6, 30, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))

        assert time(17) == bank.cut_off
        assert day == bank.day_of(moment)

    def test_a_naive_moment_is_refused(self) -> None:
        """Without zone or offset the day cannot be told."""
        naive = datetime(2026, 6, 30, 12, tzinfo=UTC).replace(tzinfo=None)

        with pytest.raises(ValueError, match="has no time zone"):
            institution().day_of(naive)

    @given(
        st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
        st.times(),
    )
    def test_the_day_never_goes_back(self, moment: datetime, cut_off: time) -> None:
        """An hour later it is never an earlier day, whatever the cut-off."""
        bank = institution(cut_off=cut_off)
        first = moment.replace(tzinfo=UTC)

        assert bank.day_of(first) <= bank.day_of(first + timedelta(hours=1))

    def test_everything_a_profile_may_say(self) -> None:
        """Jurisdiction and calendar are kept; the calendar is found, ready to work with."""
        bank = institution(jurisdiction="CN-SH", calendar="calendars/cn")
        working = bank.working

        assert ("CN-SH", "calendars/cn") == (bank.jurisdiction, bank.calendar)
        assert working is not None
        assert working.is_business_day(date(2026, 10, 10))
        assert not working.is_business_day(date(2026, 10, 1))

    def test_a_calendar_is_a_working_calendar(self) -> None:
        """Another kind of policy is no calendar."""
        with pytest.raises(PolicyError) as caught:
            institution(calendar="vocabulary/roles")

        assert ["the id of a working calendar"] == [f.wanted for f in caught.value.faults]

    def test_faults(self) -> None:
        """An unknown zone, currency and calendar are told together, with near names."""
        with pytest.raises(PolicyError) as caught:
            institution(zone="Asia/Shanghia", currency="CNYY", calendar="calendars/cnn")
        found = {fault.path: fault for fault in caught.value.faults}

        assert "Asia/Shanghai" == found["version[0].zone"].near[0]
        assert "an ISO 4217 currency such as 'CNY'" == found["version[0].currency"].wanted
        assert "CNY" in found["version[0].currency"].near
        assert "calendars/cn" == found["version[0].calendar"].near[0]
        assert 3 == len(found)


class TestChecks:
    """The checks other kinds of policy share."""

    def test_a_known_zone_has_no_fault(self) -> None:
        """A zone of the IANA data passes."""
        faults = Faults()
        check_zone("Europe/London", "zone", faults)

        assert [] == list(faults)

    @pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3)])
    def test_a_known_currency_gives_its_digits(self, currency: str, digits: int) -> None:
        """ISO 4217 says how many digits stand after the point."""
        faults = Faults()

        assert digits == check_currency(currency, "currency", faults)
        assert [] == list(faults)

    def test_an_unknown_currency_gives_none(self) -> None:
        """An unknown currency has no digits, and one fault."""
        faults = Faults()

        assert check_currency("ABC", "currency", faults) is None
        assert ["currency"] == [fault.path for fault in faults]
