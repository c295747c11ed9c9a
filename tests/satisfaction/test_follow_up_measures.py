"""Measures of follow-ups and themes, against numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from follow_up_tools import PROMISE, START, followed, spoken

from bankservice.core.calendar import Period
from bankservice.satisfaction import (
    FollowUps,
    FollowUpShare,
    FollowUpsView,
    VoiceView,
    follow_up_recovery,
    follow_ups_in_time,
    improvement_candidates,
    open_follow_ups,
    repeat_follow_ups,
    theme_pareto,
    themes_seen,
)
from bankservice.satisfaction.follow_up.table import ThresholdRow

CUSTOMERS = ("in-time", "late", "waiting", "declined", "converted", "twin", "silent", "gone")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _book() -> tuple[FollowUps, dict[str, FollowUpsView]]:
    """Return a book of customers, each called by what became of it, as seen ten days later."""
    service, clock = followed()
    clock.turn(days=10)
    made = 0

    def do(customer: str, act: str, after: timedelta = HOUR, **more: Any) -> None:
        nonlocal made
        made += 1
        answer = service.do(f"c-{made}", customer, act, at=START + after, **more)
        assert answer.accepted, answer

    for customer in CUSTOMERS:
        hears = 9 * DAY + 10 * HOUR if customer == "waiting" else timedelta()
        consent = customer != "silent"
        do(customer, "hear", hears, answer=f"a-{customer}", nps=3, may_contact=consent)
    for customer, after in (("in-time", 2 * DAY), ("late", 2 * DAY + HOUR)):
        do(customer, "assign", owner="agent-1")
        do(customer, "contact", after, channel="phone")
    do("declined", "decline", 5 * HOUR)
    do("converted", "convert", 5 * HOUR, into="case-1")
    # By then the deadline was crossed; whoever else looks after it was to contact the customer.
    do("twin", "duplicate", 5 * DAY, of="case-2")
    do("gone", "assign", owner="agent-1")
    for place in (1, 2, 3):
        do("gone", "attempt", place * DAY, channel="phone")
    do("gone", "unreachable", 9 * DAY)
    do("in-time", "follow_up_score", 9 * DAY, nps=8)
    do("late", "follow_up_score", 9 * DAY, nps=2)
    return service, {customer: service.view(customer) for customer in CUSTOMERS}


def test_in_time_counts_who_could_be() -> None:
    """Of eight cases three clocks are decided: one contact in time, one late, one never reached."""
    _, views = _book()

    assert FollowUpShare.of(1, 3) == follow_ups_in_time(views)
    assert Decimal("0.33333333333333") == follow_ups_in_time(views).share
    assert FollowUpShare.of(0, 3) == follow_ups_in_time(views, "acknowledge")
    assert FollowUpShare(count=0, base=0, share=None) == follow_ups_in_time({})


def test_recovery_is_by_class_and_of_who_was_asked() -> None:
    """From low to middle is up, low to low is neither; who was not asked again is in no base."""
    _, views = _book()
    found = follow_up_recovery(views)

    assert (FollowUpShare.of(1, 2), FollowUpShare.of(0, 2)) == (found.up, found.down)
    assert FollowUpShare.of(2, 2) == found.asked


def test_open_cases_have_an_age() -> None:
    """Three are open: two contacted ten days ago, one heard fourteen hours ago and late in nothing."""
    _, views = _book()
    found = open_follow_ups(views, START + 10 * DAY)

    assert (3, 864_000, 864_000) == (found.base, found.oldest_seconds, found.median_seconds)
    assert [
        ("in-time", ("acknowledge", "resolve")),
        ("late", ("acknowledge", "contact", "resolve")),
        ("waiting", ()),
    ] == [(held.customer, held.late) for held in found.cases]
    assert 14 * 3600 == found.cases[-1].seconds
    assert (0, None, None) == tuple(
        getattr(open_follow_ups({}, START), name)
        for name in ("base", "oldest_seconds", "median_seconds")
    )


def test_repeats_are_of_who_could_have_come_back() -> None:
    """A case that ended too lately to tell is in no base; one that came back within it counts."""
    service, clock = followed()
    for customer in ("back", "away"):
        service.hear(f"a-{customer}", customer, answer="a-1", nps=3)
        service.do(f"d-{customer}", customer, "decline")
    clock.turn(days=10)
    service.hear("h-back", "back", answer="a-2", nps=1)
    views = {customer: service.view(customer) for customer in ("back", "away")}

    assert FollowUpShare.of(1, 2) == repeat_follow_ups(
        views, Period.parse("P30D"), date(2026, 4, 1)
    )
    assert FollowUpShare.of(0, 0) == repeat_follow_ups(
        views, Period.parse("P30D"), date(2026, 3, 31)
    )
    assert FollowUpShare.of(0, 2) == repeat_follow_ups(
        views, Period.parse("P10D"), date(2026, 4, 1)
    )


def _voices() -> dict[str, VoiceView]:
    """Return three voices, one of which led to a follow-up that is counted."""
    service, _ = spoken()
    told: dict[str, tuple[dict[str, Any], list[str], str | None]] = {
        "v-1": ({"channel": "opinion_box", "kind": "suggestion"}, ["waiting_time"], None),
        "v-2": ({"channel": "forum", "kind": "rating", "people": 9}, ["waiting_time"], None),
        "v-3": ({"channel": "via_staff", "kind": "concern"}, [], None),
        "v-4": (
            {"channel": "zone", "kind": "complaint", "customer": "late"},
            ["price"],
            "follow-up-1",
        ),
    }
    for voice, (body, themes, link) in told.items():
        service.receive(f"r-{voice}", voice, **body)
        if themes:
            service.do(f"c-{voice}", voice, "code", themes=themes)
        if link:
            service.do(f"l-{voice}", voice, "link", kind="follow-up", to=link)
    return {voice: service.view(voice) for voice in told}


def test_themes_are_counted_once_over_cases_and_voices() -> None:
    """A case with two themes counts for both, a duplicate for none, a linked voice with its case."""
    service, _ = _book()
    coded = {
        "in-time": ["waiting_time", "attitude"],
        "late": ["price"],
        "silent": ["waiting_time"],
        "twin": ["price"],
    }
    for customer, themes in coded.items():
        assert service.do(f"t-{customer}", customer, "theme", themes=themes).accepted
    views = {customer: service.view(customer) for customer in CUSTOMERS}
    seen = themes_seen(views, _voices())
    found = theme_pareto(seen)

    assert (5, 5) == (found.base, found.uncoded)
    assert [
        ("waiting_time", 4, 2, 2, 12, Decimal("0.8"), Decimal("0.8")),
        # Whoever spoke of the attitude spoke of the waiting too: no more are covered.
        ("attitude", 1, 1, 0, 1, Decimal("0.2"), Decimal("0.8")),
        ("price", 1, 1, 0, 1, Decimal("0.2"), Decimal("1.0")),
    ] == [
        (row.theme, row.count, row.follow_ups, row.voices, row.people, row.share, row.cumulative)
        for row in found.rows
    ]
    assert () == theme_pareto([]).rows


def test_candidates_are_the_themes_past_the_threshold() -> None:
    """Enough of a theme in the time is a candidate with its references; the time has its edges."""
    seen = themes_seen({}, _voices())
    row = ThresholdRow(count=2, within=Period.parse("P30D"))
    (found,) = improvement_candidates(seen, row, date(2026, 3, 31))
    shipped = PROMISE.versions[0].parameters.table.threshold

    assert ("waiting_time", 2, 2, ("v-1", "v-2")) == (
        found.theme,
        found.count,
        found.wanted,
        found.refs,
    )
    assert (date(2026, 3, 2), date(2026, 3, 31)) == (found.since, found.until)
    assert () == improvement_candidates(seen, row, date(2026, 4, 1))
    assert () == improvement_candidates(seen, row, date(2026, 3, 1))
    assert () == improvement_candidates(seen, shipped, date(2026, 3, 31))
    assert () == improvement_candidates(seen, None, date(2026, 3, 31))
