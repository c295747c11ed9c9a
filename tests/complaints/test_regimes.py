"""The shipped regimes as data: a snapshot of their deadlines, their sources, and bad policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bankservice.complaints.model import Role
from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.articles import WayOn
from bankservice.complaints.regimes.deadlines import DeadlineFacts, due_dates
from bankservice.complaints.regimes.law import Regime
from bankservice.core.calendar import Period
from bankservice.core.errors import PolicyError, UnknownNameError
from bankservice.core.policy import Version

SNAPSHOT = Path(__file__).parent / "regimes.snapshot"
BOOK = SHELF.get("regimes").versions[-1].parameters
LAST = date(2026, 12, 1)
EVERY = 397


def days_of(versions: tuple[Version[Regime], ...]) -> Iterator[tuple[Version[Regime], date]]:
    """Yield the first and last day of every version, and days between."""
    for version, follow in zip(versions, (*versions[1:], None), strict=True):
        end = LAST if follow is None else follow.since - timedelta(days=1)
        days = {version.since, end}
        days |= {
            version.since + timedelta(days=step)
            for step in range(0, (end - version.since).days, EVERY)
        }
        yield from ((version, day) for day in sorted(days))


def kinds_of(version: Version[Regime]) -> list[str]:
    """Return the kinds of complaint a version tells apart."""
    wanted = {
        str(part.wanted)
        for condition in version.parameters.conditions()
        for part in condition.comparisons()
        if part.fact == "kind"
    }
    return ["general", *sorted(wanted)]


def written() -> Iterator[str]:
    """Yield the deadlines of every regime over its days, one line for a complaint."""
    for policy in BOOK.regimes:
        for version, day in days_of(policy.versions):
            regions: list[str | None] = [*version.parameters.calendars] or [None]
            for kind in kinds_of(version):
                for region in regions:
                    facts = DeadlineFacts(
                        received_on=day,
                        kind=kind,
                        region=region,
                        cycle_ends=tuple(day + timedelta(days=12 + 30 * n) for n in range(4)),
                    )
                    found = due_dates(facts, version.parameters)
                    told = " ".join(f"{name}={due.last_day}" for name, due in found.entries.items())
                    yield f"{policy.id} {kind} {region or '-'} {day}: {told}"


def test_no_deadline_has_changed() -> None:
    """
    Every shipped regime gives the deadlines it gave: an edit of a number shows here, line by line.

    A new version adds lines. To write them: `python tests/complaints/test_regimes.py`.
    """
    assert SNAPSHOT.read_text("utf-8").splitlines() == list(written())


def test_the_book_lists_every_shipped_regime() -> None:
    """No shipped regime is left out of the shipped book."""
    shipped = [
        name
        for name in SHELF.shipped()
        if name.startswith("complaints/") and SHELF.get(name).kind.name == "complaints.regime"
    ]

    assert shipped == sorted(policy.id for policy in BOOK.regimes)


VERSIONS = [version for policy in BOOK.regimes for version in policy.versions]
BY_VERSION = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: str(version.ref))


@BY_VERSION
def test_every_number_has_its_source(version: Version[Regime]) -> None:
    """Every term, extension, way on and record cites issuer, document, clause, address and day."""
    regime = version.parameters
    rows: list[Any] = [
        version,
        *(term for clock in regime.clocks for term in clock.terms),
        *(extension for clock in regime.clocks for extension in clock.extensions),
        *regime.ways_on,
        *regime.keep,
        *regime.pauses,
    ]
    for row in rows:
        source = row.source
        assert source is not None
        assert source.checked in ("text", "secondary")
        assert source.issuer
        assert source.clause
        assert source.url.startswith("http")
        assert date(2026, 11, 21) <= (source.read_on or date.min)


@BY_VERSION
def test_every_regime_governs_somewhere(version: Version[Regime]) -> None:
    """A shipped regime says whose law it is, under which condition, and which clocks are duties."""
    regime = version.parameters

    assert regime.jurisdiction
    assert regime.governs is not None
    assert "jurisdiction" in {part.fact for part in regime.governs.comparisons()}
    assert Role.DUTY in {clock.role for clock in regime.clocks}


def test_what_an_extension_takes() -> None:
    """The order of 2020 asks approval and telling for the second step only; others ask a notice."""
    china = SHELF.get("cn-nfra").versions[-1].parameters
    first, second = china.extensions_of("decision")
    portal = SHELF.get("us-cfpb-portal").versions[-1].parameters.extensions_of("response")[0]
    australia = SHELF.get("au-idr").versions[-1].parameters.extensions_of("idr_response")[0]
    pboc = SHELF.get("cn-pboc-referral").versions[-1].parameters.extensions_of("decision")[0]

    assert ("complex_decision", "", "") == (first.to, first.approval, first.notice)
    assert ("extended_decision", "with-approval") == (second.to, second.notice)
    assert ("superior-institution", "head-office-senior-management") == second.approvals
    assert ("", "superior-institution") == (first.approval, second.approval)
    assert ("final_response", "before-due") == (portal.to, portal.notice)
    assert ("", "before-due") == (australia.to, australia.notice)
    assert ("head-of-complaints", "told-reason") == (pboc.approval, pboc.notice)


def test_records_and_ways_on() -> None:
    """What is to be kept, for how long, and where a customer may go on to."""
    kept = {
        policy.id: (row.what, row.period)
        for policy in BOOK.regimes
        for row in policy.versions[-1].parameters.keep
    }
    disp = SHELF.get("uk-disp").versions[-1].parameters.ways_on[0]

    assert {
        "complaints/us-reg-e": ("evidence-of-compliance", Period(months=24)),
        "complaints/ca-fcpfr": ("complaint", Period(months=84)),
        "complaints/cn-pboc-referral": ("complaint-file", Period(months=36)),
    } == kept
    assert isinstance(disp, WayOn)
    assert (Period(months=6), "final-response") == (disp.within, disp.since)


def test_law_never_pauses_but_where_it_says_so() -> None:
    """Only the Chinese order lets a clock stand still, for an appraisal the complainant is told of."""
    pausing = {
        policy.id: [(row.code, row.needs) for row in policy.versions[-1].parameters.pauses]
        for policy in BOOK.regimes
        if policy.versions[-1].parameters.pauses
    }

    assert {"complaints/cn-nfra": [("external-appraisal", "told-promptly")]} == pausing


def test_an_unknown_clock_offers_the_near_ones() -> None:
    """A clock is looked up by its name."""
    with pytest.raises(UnknownNameError) as caught:
        SHELF.get("uk-disp").versions[-1].parameters.clock("final_respons")

    assert ("final_response",) == caught.value.near[:1]


# --- bad policies -------------------------------------------------------------------------------

HEAD = """
id = "acme/charter"
kind = "complaints.regime"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
"""
CLOCK = """
[[version.clock]]
name = "reply"
title = { en = "Reply", zh = "答复" }
role = "duty"
"""
TERM = """
[[version.clock.term]]
amount = "P3D"
unit = "calendar-days"
"""
LIMIT = CLOCK.replace("reply", "limit").replace("duty", "limit") + TERM
WHOLE = HEAD + CLOCK + TERM


def test_the_smallest_regime_is_good() -> None:
    """A clock with a term is a regime."""
    assert SHELF.read(WHOLE, "a regime").versions[0].parameters.clock("reply").terms


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEAD + "clock = []", "version[0].clock: got nothing"),
        (HEAD + CLOCK + "term = []", "version[0].clock[0].term: got no last row without `when`"),
        (WHOLE.replace('"reply"', '"Reply"'), "version[0].clock[0].name: got 'Reply'"),
        (WHOLE.replace('"reply"', '"assumed"'), "version[0].clock[0].name: got 'assumed'"),
        (WHOLE + CLOCK + TERM, "version[0].clock[1].name: got 'reply', wanted a name that is not"),
        (WHOLE.replace('"duty"', '"duties"'), "version[0].clock[0].role: got str 'duties'"),
        (WHOLE.replace("P3D", "PT3H"), "version[0].clock[0].term[0].amount: got 'PT3H'"),
        (WHOLE.replace("P3D", "P0D"), "term[0].amount: got 'P0D', wanted more than nothing"),
        (WHOLE.replace("calendar-days", "calender-days"), "did you mean calendar-days"),
        (WHOLE.replace("calendar-days", "business-days"), "business days without a calendar"),
        (
            WHOLE.replace('"P3D"', '"P1M"').replace("calendar-days", "business-days"),
            "months are no number of business-days",
        ),
        (WHOLE + 'roll = "following"', "business days without a calendar"),
        (
            WHOLE.replace("calendar-days", "business-days") + 'roll = "following"',
            "term[0].roll: got 'following', wanted 'none'",
        ),
        (
            WHOLE.replace("calendar-days", "elapsed").replace("P3D", "PT3H")
            + 'close = "close-of-business"',
            "term[0].close: got 'close-of-business'",
        ),
        (WHOLE + "count = 2", "term[0].count: got 2, wanted no count"),
        (WHOLE.replace("calendar-days", "billing-cycles"), "term[0].amount: got 'P3D', wanted a c"),
        (WHOLE.replace("calendar-days", "billing-cycles"), "term[0].count: got 0, wanted 1 or m"),
        (WHOLE + 'cap = "P0D"', "term[0].cap: got P0D"),
        (WHOLE + 'when = { fact = "kind", equals = "payment" }', "got no last row without `when`"),
        (WHOLE + TERM, "version[0].clock[0].term[1]: got term 2, which can never be reached"),
        (
            HEAD + CLOCK + TERM + 'when = { fact = "kinds", equals = "payment" }' + TERM,
            "clock[0].term[0].when.fact: got 'kinds', wanted a fact of this policy; did you mean",
        ),
        (
            HEAD + CLOCK + TERM + 'when = { fact = "kind", more_than = "payment" }' + TERM,
            "version[0].clock[0].term[0].when.more_than",
        ),
        (
            HEAD + CLOCK + 'when = { fact = "extended", equals = "yes" }' + TERM,
            "version[0].clock[0].when.equals: got 'yes', wanted a value of type boolean",
        ),
        (
            HEAD + 'governs = { fact = "product", within = "paymnt" }' + CLOCK + TERM,
            "version[0].governs: got 'paymnt'",
        ),
        (HEAD + 'zone = "Europe/Londn"' + CLOCK + TERM, "did you mean Europe/London"),
        (HEAD + 'calendar = "calendars/gb-en"' + CLOCK + TERM, "did you mean calendars/gb-eng"),
        (HEAD + 'calendar = "holidays/ie"' + CLOCK + TERM, "a policy of kind worktime.calendar"),
        (
            HEAD + 'calendars = { ENG = "calendars/gb-en" }' + CLOCK + TERM,
            "version[0].calendars.ENG: got 'calendars/gb-en'",
        ),
        (
            HEAD + 'calendar = "calendars/ie"\ncalendars = { IE = "calendars/ie" }' + CLOCK + TERM,
            "version[0].calendars: got beside calendar",
        ),
        (
            HEAD + CLOCK + 'starts = "finishd_on"' + TERM,
            "clock[0].starts: got 'finishd_on', wanted receipt, or a fact that is a date; did you",
        ),
        (
            HEAD
            + CLOCK
            + 'starts = "finished_on"'
            + TERM.replace("P3D", "PT3H").replace("calendar-days", "elapsed"),
            "clock[0].starts: got 'finished_on', wanted 'receipt'",
        ),
        (
            HEAD + CLOCK + 'stops_on = ["respnd"]' + TERM,
            "version[0].clock[0].stops_on: got 'respnd', wanted one of acknowledge",
        ),
        (HEAD + CLOCK + 'lawful_if = "reply"' + TERM, "clock[0].lawful_if: got 'reply'"),
        (
            WHOLE + '[[version.clock.extension]]\nto = "limt"\n' + LIMIT,
            "version[0].clock[0].extension[0].to: got 'limt', wanted a clock whose role is limit",
        ),
        (
            WHOLE + LIMIT + '[[version.clock.extension]]\nto = "limit"\n',
            "version[0].clock[1].extension: got an extension, wanted none",
        ),
        (
            WHOLE + '[[version.keep]]\nwhat = "file"\nperiod = "P0D"\nsince = "closing"\n',
            "version[0].keep[0].period",
        ),
        (WHOLE.replace("[[version.clock.term]]", "[[version.clock.terms]]"), "did you mean term"),
    ],
)
def test_bad_regimes_are_refused(text: str, wanted: str) -> None:
    """A fault is told with its path, what stood there and what was wanted, and nothing is taken."""
    with pytest.raises(PolicyError) as caught:
        SHELF.read(text, "a regime")

    assert wanted in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    """A writer hears all faults, not the first."""
    text = (
        HEAD
        + 'zone = "Nowhere"\ncalendar = "calendars/xx"'
        + CLOCK.replace("reply", "assumed")
        + TERM.replace("P3D", "3 days")
    )
    with pytest.raises(PolicyError) as caught:
        SHELF.read(text, "a regime")

    assert ["zone", "calendar", "clock[0].name", "clock[0].term[0].amount"] == [
        fault.path.removeprefix("version[0].") for fault in caught.value.faults
    ]


if __name__ == "__main__":
    SNAPSHOT.write_text("".join(f"{line}\n" for line in written()), "utf-8")
