"""Deadlines under the shipped regimes: laws that hold for every complaint, and bad facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest
from effort import some
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bankservice.complaints.model import Deadlines, Role
from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.articles import RECEIPT
from bankservice.complaints.regimes.deadlines import DeadlineFacts, deadlines, due_dates
from bankservice.complaints.regimes.law import Regime
from bankservice.core.calendar import in_utc, midnight
from bankservice.core.errors import FaultsError, NotInForceError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN

REGIMES = (
    "us-reg-e",
    "us-reg-z",
    "us-cfpb-portal",
    "uk-disp",
    "eu-psd2",
    "ie-consumer-protection",
    "ca-fcpfr",
    "au-idr",
    "cn-nfra",
    "cn-pboc-referral",
    "hk-hkma",
)
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Africa/Cairo", "Asia/Kathmandu")
LAST = date(2027, 6, 30)
ONE = timedelta(days=1)

FEW = settings(max_examples=some(60))


def versions() -> Iterator[Version[Regime]]:
    """Yield every shipped version."""
    for name in REGIMES:
        yield from SHELF.get(name).versions


VERSIONS = tuple(versions())


@st.composite
def situations(draw: st.DrawFn) -> tuple[Version[Regime], date, dict[str, Any]]:
    """Return a version, a day it is in force, and facts of a complaint."""
    version = draw(st.sampled_from(VERSIONS))
    follow = [v.since for v in SHELF.get(version.ref.policy).versions if v.since > version.since]
    day = draw(st.dates(version.since, min(follow, default=LAST + ONE) - ONE))
    kinds = ("general", "payment", "hardship", "superannuation")
    maybe = st.sampled_from((None, True, False))
    facts: dict[str, Any] = {
        "kind": draw(st.sampled_from(kinds)),
        "region": draw(st.sampled_from((None, *version.parameters.calendars))),
        "new_account": draw(maybe),
        "extended": draw(maybe),
        "zone": draw(st.sampled_from(("", *ZONES))),
        "cycle_ends": tuple(
            day + timedelta(days=20 + 30 * n) for n in range(draw(st.integers(0, 4)))
        ),
    }
    return version, day, facts


def worked_out(version: Version[Regime], day: date, facts: dict[str, Any]) -> Deadlines:
    """Return the deadlines of a complaint received on *day*."""
    return due_dates(DeadlineFacts(received_on=day, **facts), version.parameters)


@FEW
@given(situations(), st.integers(0, 40))
def test_a_day_later_is_never_due_earlier(
    situation: tuple[Version[Regime], date, dict[str, Any]], later: int
) -> None:
    """Within one version, receiving a complaint later never makes any clock due earlier."""
    version, day, facts = situation
    first = worked_out(version, day, facts)
    second = worked_out(version, day + timedelta(days=later), facts)

    for name, due in first.entries.items():
        after = second.entries[name]
        if due.last_day is not None and after.last_day is not None:
            assert due.last_day <= after.last_day


@FEW
@given(situations())
def test_what_is_assumed_would_lengthen(
    situation: tuple[Version[Regime], date, dict[str, Any]],
) -> None:
    """Each assumed fact, once established, makes some duty due later and none earlier."""
    version, day, facts = situation
    before = worked_out(version, day, facts)
    for fact in before.assumed:
        ends = facts["cycle_ends"]
        cycles = tuple(day + timedelta(days=20 + 30 * n) for n in range(len(ends), 4))
        value = (*ends, *cycles) if fact == "cycle_ends" else True
        after = worked_out(version, day, {**facts, fact: value})
        days = [
            (due.last_day, after.entries[name].last_day)
            for name, due in before.entries.items()
            if due.role is Role.DUTY and due.last_day is not None
        ]

        assert all(second is not None and first <= second for first, second in days)
        assert any(second is not None and first < second for first, second in days)
        assert fact not in after.assumed


@FEW
@given(situations())
def test_limits_are_not_before_their_duties(
    situation: tuple[Version[Regime], date, dict[str, Any]],
) -> None:
    """A limit is never before the duty that may be moved up to it."""
    version, day, facts = situation
    found = worked_out(version, day, facts)
    for clock in version.parameters.clocks:
        for extension in clock.extensions:
            limit = found.entries.get(extension.to)
            due = found.entries[clock.name]
            if limit is not None and limit.last_day is not None and due.last_day is not None:
                assert due.last_day <= limit.last_day


@FEW
@given(situations())
def test_an_entry_is_whole(situation: tuple[Version[Regime], date, dict[str, Any]]) -> None:
    """A clock has either a last day after its start or the facts it needs; an instant ends its day."""
    version, day, facts = situation
    zone = facts["zone"] or version.parameters.zone
    for due in worked_out(version, day, facts).entries.values():
        assert day == due.starts_on
        assert (due.last_day is None) is bool(due.undecided)
        assert (due.due_at is None) is (due.inclusive is None)
        assert (due.due_at is None) is (not zone or due.last_day is None)
        assert due.source.read_on is not None
        if due.last_day is not None:
            assert day < due.last_day or due.unit == "billing-cycles"
        if due.due_at is not None and due.last_day is not None:
            assert midnight(due.last_day + ONE, zone) == in_utc(due.due_at)
            assert isinstance(due.due_at, pendulum.DateTime)
            assert not due.inclusive


@FEW
@given(situations(), st.times(), st.sampled_from(ZONES))
def test_the_writing_of_an_instant_does_not_matter(
    situation: tuple[Version[Regime], date, dict[str, Any]], at: time, other: str
) -> None:
    """The same instant gives the same deadlines whatever zone or type it is written in."""
    version, day, facts = situation
    facts["zone"] = facts["zone"] or "Asia/Shanghai"
    moment = datetime.combine(day, at, tzinfo=ZoneInfo(facts["zone"])).astimezone(UTC)
    writings = (moment, moment.astimezone(ZoneInfo(other)), pendulum.instance(moment))
    found = [
        due_dates(DeadlineFacts(received_at=written, **facts), version.parameters)
        for written in writings
    ]

    assert found[0] == found[1] == found[2]
    assert hash(found[0]) == hash(found[1])


@FEW
@given(situations())
def test_explaining_decides_again(
    situation: tuple[Version[Regime], date, dict[str, Any]],
) -> None:
    """Explaining comes to the same deadlines, in both languages, and names the calendars."""
    version, day, facts = situation
    asked = DeadlineFacts(received_on=day, **facts)
    decision = deadlines.decide(asked, version)

    assert decision.outcome == due_dates(asked, version.parameters)
    for locale in ("en", "zh_CN"):
        assert version.ref.policy in decision.explain(locale)
    counted = any(due.unit == "business-days" and due.last_day for due in dues(decision.outcome))
    assert counted is any(ref.policy.startswith("calendars/") for ref in decision.policies) or (
        version.ref.policy == "complaints/ca-fcpfr"
    )


def dues(outcome: Deadlines) -> list[Any]:
    """Return the entries."""
    return list(outcome.entries.values())


@FEW
@given(situations(), st.sampled_from(("new_account", "extended", "kind", "region")))
def test_unknown_decides_nothing(
    situation: tuple[Version[Regime], date, dict[str, Any]], fact: str
) -> None:
    """A clock that is decided although a fact is unknown is the same whatever the fact is."""
    version, day, facts = situation
    regime = version.parameters
    unknown = worked_out(version, day, {**facts, fact: UNKNOWN})
    values = {
        "kind": ("general", "payment", "hardship", "superannuation"),
        "region": tuple(regime.calendars) or (None,),
    }
    for value in values.get(fact, (True, False)):
        known = worked_out(version, day, {**facts, fact: value})
        for name, due in unknown.entries.items():
            if due.last_day is not None:
                assert due.last_day == known.entries[name].last_day
            else:
                assert due.undecided


# --- the outcome as a mapping -------------------------------------------------------------------


def test_deadlines_are_a_mapping() -> None:
    """Clocks stand under their names in the order of the regime, then what was assumed."""
    outcome = deadlines("us-reg-e", received_on=date(2014, 11, 3)).outcome

    assert ["determination", "provisional_credit", "investigation", "assumed"] == list(outcome)
    assert len(outcome) == len(dict(outcome))
    assert ("new_account", "extended") == outcome["assumed"]
    with pytest.raises(KeyError):
        outcome["final_response"]


def test_a_decision_serialises() -> None:
    """As JSON it holds every clock, and the facts with the regime's own zone."""
    decision = deadlines("cn-nfra", received_at=datetime(2026, 4, 2, 17, tzinfo=UTC))
    told = decision.to_json()

    assert "2026-04-18" == told["outcome"]["decision"]["last_day"]
    assert {"received_at": "2026-04-02T17:00:00+00:00", "zone": "Asia/Shanghai"} == told["facts"]
    assert date(2026, 4, 3) == decision.as_of


# --- explanations -------------------------------------------------------------------------------


def test_days_skipped_are_named() -> None:
    """An explanation names the holidays skipped, counts the weekends and says what was assumed."""
    text = deadlines("us-reg-e", received_on=date(2014, 11, 3)).explain("en")

    assert "Nov 11, 2014 does not count (Veterans Day)" in text
    assert "4 weekend day(s) do not count" in text
    assert "✗ Determine whether an error occurred: new_account established" in text
    assert "12 CFR 1005, 1005.11(c)(1)" in text


def test_make_up_days_and_secondary_sources_are_told() -> None:
    """In Chinese too: a make-up Sunday that counts, and a number whose source was not read."""
    table = """
    id = "acme/cn"
    kind = "complaints.regime"
    [[version]]
    since = 2020-01-01
    source = { text = "某公告（转述）", clause = "1", url = "https://acme.example", checked = "secondary" }
    zone = "Asia/Shanghai"
    calendar = "calendars/cn"
    [[version.clock]]
    name = "reply"
    title = { en = "Reply", zh = "答复" }
    role = "duty"
    [[version.clock.term]]
    amount = "P3D"
    unit = "business-days"
    """
    policy = SHELF.read(table, "a test")
    decision = deadlines(policy, received_on=date(2025, 9, 26))
    text = decision.explain("zh_CN")

    assert date(2025, 9, 30) == decision.outcome["reply"].last_day
    assert "2025年9月28日虽非通常工作日，仍计入" in text
    assert "（未核对原文）" in text


def test_a_region_there_is_none_of_is_told_the_near_ones() -> None:
    """A region that is not known leaves the clock undecided, and the near names are offered."""
    text = deadlines("uk-disp", received_on=date(2026, 4, 2), region="EN").explain("en")

    assert "there is no region EN here; near it: ENG" in text


def test_a_roll_is_told() -> None:
    """A last day that the law moves on is told with the day it would have been."""
    text = deadlines("ca-fcpfr", received_on=date(2024, 12, 15)).explain("en")

    assert "the period ends on Feb 9, 2025, which the law moves on" in text


# --- bad facts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, "received_on: got nothing"),
        ({"received_at": datetime(2026, 4, 2, tzinfo=UTC)}, "zone: got nothing"),
        (
            {
                "received_at": datetime(2026, 4, 2, 3, tzinfo=UTC),
                "received_on": date(2026, 4, 2),
                "zone": "America/New_York",
            },
            "received_on: got 2026-04-02, wanted 2026-04-01",
        ),
        ({"received_at": datetime(2026, 4, 2)}, "received_at"),  # noqa: DTZ001 - that is the point
        ({"received_on": datetime(2026, 4, 2, tzinfo=UTC)}, "received_on"),
        ({"received_on": date(2026, 4, 2), "kinds": "payment"}, "did you mean kind"),
        ({"received_on": date(2026, 4, 2), "new_account": "perhaps"}, "new_account"),
        ({"received_on": date(2026, 4, 2), "cycle_ends": "2026-04-15"}, "cycle_ends"),
    ],
)
def test_bad_facts_are_faults(facts: dict[str, Any], wanted: str) -> None:
    """What is missing, naive, contradictory or misspelt is refused by name and never guessed."""
    with pytest.raises(FaultsError) as caught:
        deadlines("us-reg-e", **facts)

    assert wanted in str(caught.value)


def test_an_unknown_zone_offers_near_ones() -> None:
    """A zone that is none is refused."""
    with pytest.raises(UnknownNameError) as caught:
        deadlines("us-reg-e", received_on=date(2026, 4, 2), zone="America/New_Yrok")

    assert "America/New_York" in caught.value.near


def test_before_the_first_version_there_is_none() -> None:
    """A complaint from before what was read has no deadlines; nothing is guessed backwards."""
    with pytest.raises(NotInForceError):
        deadlines("cn-nfra", received_on=date(2020, 2, 29))


def test_the_institution_gives_the_zone_and_its_days() -> None:
    """A profile beside the regime gives zone and working hours; a zone that is stated stays."""
    calendar = SHELF.read(CALENDAR, "a calendar")
    shelf = SHELF.with_policies([calendar])
    profile = shelf.read(PROFILE, "a profile")
    moment = datetime(2026, 4, 2, 2, tzinfo=UTC)
    own = deadlines("us-reg-e", profile, received_at=moment)
    stated = deadlines("us-reg-e", profile, received_at=moment, zone="Asia/Tokyo")

    assert date(2026, 4, 1) == own.outcome["determination"].starts_on
    assert date(2026, 4, 2) == stated.outcome["determination"].starts_on
    assert date(2026, 4, 13) == own.outcome["determination"].last_day
    assert ["complaints/us-reg-e", "acme/bank", "acme/days"] == [r.policy for r in own.policies]
    assert "acme/days" in own.explain("en")


CALENDAR = """
id = "acme/days"
kind = "worktime.calendar"
[[version]]
since = 2010-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "America/New_York"
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"], sat = ["09:00-17:00"] }
"""
PROFILE = """
id = "acme/bank"
kind = "institution.profile"
[[version]]
since = 2010-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "America/New_York"
currency = "USD"
calendar = "acme/days"
"""


def test_clocks_that_start_later_are_listed_when_they_start() -> None:
    """A companion clock stands in the outcome once the fact it runs from is stated."""
    regime = SHELF.get("us-reg-e").versions[-1].parameters
    later = [clock for clock in regime.clocks if clock.starts != RECEIPT]
    facts = DeadlineFacts(received_on=date(2026, 4, 1))

    assert 4 == len(later)
    assert not {clock.name for clock in later} & set(due_dates(facts, regime))
    for clock in later:
        began: dict[str, Any] = {clock.starts: date(2026, 4, 8)}
        started = attrs.evolve(facts, **began)
        found = due_dates(started, regime).entries[clock.name]

        assert date(2026, 4, 8) == found.starts_on


def test_facts_read_from_text() -> None:
    """Facts stand as JSON writes them, unknown among them."""
    read = FACTS.read(
        {"received_on": "2026-04-02", "region": "unknown", "extended": "unknown"},
        DeadlineFacts,
        "facts",
    )

    assert (UNKNOWN, UNKNOWN, FrozenMapping()) == (read.region, read.extended, read.customer)


@FEW
@given(situations())
def test_received_on_and_its_instant_agree(
    situation: tuple[Version[Regime], date, dict[str, Any]],
) -> None:
    """A day and an instant of that day give the same; both may be stated where they agree."""
    version, day, facts = situation
    assume(facts["zone"])
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(facts["zone"]))
    both = DeadlineFacts(received_on=day, received_at=noon, **facts)

    assert worked_out(version, day, facts) == due_dates(both, version.parameters)


# --- a regime with every kind of row ------------------------------------------------------------

PATCHWORK = """
id = "acme/patchwork"
kind = "complaints.regime"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "Europe/London"
calendar = "acme/closing"

[[version.fact]]
name = "branch"
type = "text"
[[version.fact]]
name = "lost"
type = "integer"

[[version.clock]]
name = "minutes"
title = { en = "Minutes", zh = "分钟" }
role = "duty"
[[version.clock.term]]
amount = "PT90M"
unit = "elapsed"

[[version.clock]]
name = "months"
title = { en = "Months", zh = "月" }
role = "duty"
[[version.clock.term]]
when = { all = [{ fact = "branch", in = ["north", "south"] }, { fact = "lost", between = [10, 20] }] }
amount = "P1M3D"
unit = "calendar-days"
cap = "P30D"
[[version.clock.term]]
when = { not = { fact = "lost", less_than = 5 } }
amount = "P1M"
unit = "calendar-days"
roll = "preceding"
[[version.clock.term]]
amount = "P2W"
unit = "calendar-days"

[[version.clock]]
name = "days"
title = { en = "Days", zh = "日" }
role = "duty"
[[version.clock.term]]
when = { fact = "branch", equals = "north" }
amount = "P2D"
unit = "business-days"
[[version.clock.term]]
amount = "P2D"
unit = "business-days"
close = "close-of-business"
"""
CLOSING = """
id = "acme/closing"
kind = "worktime.calendar"
[[version]]
since = 2010-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "Europe/London"
public_holidays = { country = "GB", subdivision = "ENG" }
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }
override = [{ on = 2026-02-03, hours = [] }]
"""


def patchwork(day: date = date(2026, 1, 31), **customer: object) -> Any:
    """Return the decision under a regime with every kind of row."""
    shelf = SHELF.with_policies([SHELF.read(CLOSING, "a calendar")])
    policy = shelf.read(PATCHWORK, "a regime")
    at = datetime.combine(day, time(23, 0), tzinfo=UTC)
    return deadlines(policy, received_at=at, customer=customer)


def test_whole_hours_are_told_as_hours() -> None:
    """An amount of whole hours is told in hours, of whole weeks in weeks."""
    policy = SHELF.read(
        PATCHWORK.replace("acme/closing", "calendars/ie").replace("PT90M", "P1D"), ""
    )
    told = deadlines(policy, received_at=datetime(2026, 1, 31, tzinfo=UTC)).explain("en")

    assert "Minutes: 24 hours" in told
    assert "Months: 2 weeks otherwise" in told


def test_the_hours_it_rests_on_are_named() -> None:
    """Where business closes by the institution's hours, their calendar is among the policies."""
    profile = PROFILE.replace("America/New_York", "Europe/London")
    calendar = SHELF.read(CALENDAR.replace("America/New_York", "Europe/London"), "a calendar")
    shelf = SHELF.with_policies([calendar])
    decision = deadlines(
        "uk-disp", shelf.read(profile, "a profile"), received_on=date(2026, 3, 24), region="ENG"
    )
    due = decision.outcome["summary_resolution"]

    assert (datetime(2026, 3, 27, 17, tzinfo=UTC), True) == (due.due_at, due.inclusive)
    assert ["calendars/gb-eng", "holidays/gb-eng", "acme/days"] == [
        ref.policy for ref in decision.policies[2:]
    ]
    assert "(included)" in decision.explain("en")


def test_minutes_run_on_the_line() -> None:
    """Elapsed time ends at its instant, on whatever day that falls."""
    due = patchwork().outcome["minutes"]

    assert date(2026, 2, 1) == due.last_day
    assert datetime(2026, 2, 1, 0, 30, tzinfo=UTC) == due.due_at
    assert due.inclusive is True


def test_months_clamp_roll_and_are_capped() -> None:
    """A month from 31 January ends on the last of February, a Saturday that moves back; a cap bounds."""
    rolled = patchwork(lost=7)
    capped = patchwork(lost=12, branch="south")
    plain = patchwork(lost=3)

    assert date(2026, 2, 27) == rolled.outcome["months"].last_day
    assert date(2026, 3, 2) == capped.outcome["months"].last_day
    assert date(2026, 2, 14) == plain.outcome["months"].last_day
    assert "never later than Mar 2, 2026" in capped.explain("en")
    assert "branch one of north, south and lost from 10 to before 20" in capped.explain("en")
    assert "1 month and 3 calendar days" in capped.explain("en")
    assert "not (lost < 5)" in plain.explain("en")
    assert "并非（lost < 5）" in plain.explain("zh_CN")
    assert "PT90M" in plain.explain("en")


def test_what_does_not_matter_is_not_asked() -> None:
    """An unknown or missing fact whose rows give the same day leaves nothing open or assumed."""
    unknown = patchwork(lost=3, branch="unknown").outcome
    missing = patchwork(lost=3).outcome

    assert date(2026, 2, 4) == unknown["days"].last_day == missing["days"].last_day
    assert () == missing["assumed"]


def test_a_closed_day_and_an_unknown_year_are_told() -> None:
    """A day closed by override is told as closed; beyond the known holidays it is provisional."""
    later = patchwork(date(2031, 3, 3), lost=3)

    assert "Feb 3, 2026 does not count (closed)" in patchwork(lost=3).explain("en")
    assert later.outcome["days"].provisional
    assert "until then it is provisional" in later.explain("en")


def test_nothing_runs_yet() -> None:
    """A regime whose clocks all start later lists none, and says so."""
    text = PATCHWORK[: PATCHWORK.index("[[version.fact]]")] + (
        '[[version.clock]]\nname = "report"\ntitle = { en = "Report", zh = "报告" }\nrole = "duty"\n'
        'starts = "finished_on"\n[[version.clock.term]]\namount = "P1D"\nunit = "calendar-days"\n'
    )
    shelf = SHELF.with_policies([SHELF.read(CLOSING, "a calendar")])
    decision = deadlines(shelf.read(text, "a regime"), received_on=date(2026, 4, 2))

    assert ["assumed"] == list(decision.outcome)
    assert "no clock of this regime runs yet" in decision.explain("en")
