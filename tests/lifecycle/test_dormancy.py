"""Account dormancy as law: laws of the clock, bad input, and its distance from the customer's stage."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

import bankservice
from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.policy import Policy
from bankservice.lifecycle import AccountActivity, AccountDormancy, account_dormancy

LIFECYCLE = Path(bankservice.__file__).parent / "lifecycle"
OPENED = date(2000, 1, 1)
DAYS = st.dates(date(2000, 1, 2), date(2026, 11, 22))
LAWS: dict[str, dict[str, Any]] = {
    "cn-company-accounts": {
        "account_kind": "settlement",
        "customer_kind": "organisation",
        "debt": False,
    },
    "in-inoperative-accounts": {"account_kind": "savings", "marks": ()},
    "uk-dormant-accounts": {"account_kind": "current", "no_mail": False},
    "ca-unclaimed-balances": {"account_kind": "savings", "currency": "CAD"},
    "us-escheat": {"account_kind": "savings", "state": "NY"},
}
"""Shipped laws that hold today, each with an account it is for."""
LAW = st.sampled_from(sorted(LAWS))
ASKED = date(2026, 11, 22)
ACME = """
id = "acme/accounts"
kind = "lifecycle.account-dormancy"
title = { en = "Acme", zh = "银行" }
[[version]]
since = 2000-01-01
source = { text = "Acme", clause = "1", checked = "own" }
jurisdiction = "XX"
[[version.counts]]
code = "customer"
when = { fact = "initiator", equals = "customer" }
[[version.status]]
code = "dormant"
title = { en = "dormant", zh = "不动户" }
after = "P1Y"
"""

NAMED = 'code = "a", title = { en = "a", zh = "a" }'
OWES = 'when = { fact = "debt", equals = true }'


@cache
def acme(text: str = ACME) -> Policy[Any]:
    """Return a bank's own law."""
    return policies.shelf().read(text, "acme.policy.toml")


def asked(law: str, on: date = ASKED, **facts: Any) -> AccountDormancy:
    """Return where an account stands under a shipped law."""
    return account_dormancy(law, on=on, **{"opened_on": OPENED, **LAWS[law], **facts}).outcome


def did(on: date, initiator: str = "customer", kind: str = "financial") -> AccountActivity:
    """Return an activity."""
    return AccountActivity(on=on, kind=kind, initiator=initiator)


class TestClock:
    """The law's periods, whatever they are."""

    @given(LAW, DAYS)
    def test_reached_the_day_after_the_deadline(self, law: str, last: date) -> None:
        """
        An active account is still active on its deadline, and no longer on the day after.
        """
        found = asked(law, last_activity_on=last, on=max(last, date(2024, 4, 1)))
        if found.next is None:
            return
        assert found.deadline is not None

        before = asked(law, last_activity_on=last, on=max(found.deadline, date(2024, 4, 1)))
        after = asked(law, last_activity_on=last, on=found.next.on)

        assert found.status == before.status
        assert (found.next.status, found.next.on) == (after.status, after.on)

    @given(LAW, DAYS, st.integers(0, 4000))
    def test_first_day_does_not_hang_on_the_day_asked(
        self, law: str, last: date, later: int
    ) -> None:
        """
        A status, its first day and its notices are the same whenever they are asked for.
        """
        first = asked(law, last_activity_on=last)
        again = asked(law, last_activity_on=last, on=ASKED + timedelta(days=later))
        due = {(duty.code, duty.due_by) for duty in first.notices if "quarterly" not in duty.code}

        assert due <= {(duty.code, duty.due_by) for duty in again.notices}
        if first.status == again.status:
            assert first.on == again.on

    @given(LAW, DAYS, DAYS)
    def test_activity_never_hastens(self, law: str, last: date, more: date) -> None:
        """
        One more activity of the customer never brings a status nearer.
        """
        without = asked(law, last_activity_on=last)
        given_more = asked(law, last_activity_on=last, activity=(did(more),))

        assert without.anchor is not None
        assert given_more.anchor == max(without.anchor, more)

    @given(LAW, DAYS, st.lists(DAYS, max_size=5))
    def test_what_the_bank_does_changes_nothing(
        self, law: str, last: date, days: list[date]
    ) -> None:
        """
        Interest and charges start no clock anew.
        """
        rows = tuple(did(day, "bank", kind) for day in days for kind in ("interest", "charge"))

        assert asked(law, last_activity_on=last) == asked(law, last_activity_on=last, activity=rows)

    @given(LAW, st.permutations([did(OPENED + timedelta(days=1000 * n)) for n in range(6)]))
    def test_order_of_activity_does_not_matter(self, law: str, rows: list[AccountActivity]) -> None:
        """
        The same activity in another order, or twice, gives the same answer.
        """
        plain = asked(law, activity=tuple(sorted(rows, key=lambda row: row.on)))

        assert plain == asked(law, activity=(*rows, *rows))

    @settings(max_examples=some(25), deadline=None)
    @given(LAW, DAYS, st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
    def test_unknown_is_decided_only_where_it_cannot_matter(
        self, law: str, opened: date, gaps: list[int]
    ) -> None:
        """
        With the last activity unknown, an answer that is given is that of every day it can be.
        """
        found = asked(law, opened_on=opened, last_activity_on="unknown")
        span = (ASKED - opened).days
        days = [opened, ASKED, *(opened + timedelta(days=gap % (span + 1)) for gap in gaps)]
        every = {asked(law, opened_on=opened, last_activity_on=day).status for day in days}

        assert found.status is None or {found.status} == every
        assert ("last_activity_on",) == found.unknown

    @settings(max_examples=some(25), deadline=None)
    @given(LAW, st.data())
    def test_hidden_facts_are_never_guessed(self, law: str, data: st.DataObject) -> None:
        """
        With facts unknown, a status that is given is that of every way they can turn out.
        """
        ways: dict[str, list[Any]] = {
            "account_kind": ["savings", "settlement", "term", "child_trust_fund"],
            "customer_kind": ["person", "small_business"],
            "state": ["NY", "OH"],
            "debt": [True, False],
            "no_mail": [True, False],
            "marks": [(), ("government-scheme",), ("reasons-given",)],
            "term_ends_on": [date(2008, 1, 1), date(2024, 6, 30)],
            "born_on": [date(1990, 1, 1), date(2010, 1, 1)],
            "last_activity_on": [date(2001, 1, 1), date(2012, 2, 29), date(2025, 7, 1)],
            "notified_on": [None, date(2025, 2, 1), date(2026, 8, 1)],
        }
        whole = {name: data.draw(st.sampled_from(held), name) for name, held in ways.items()}
        hidden = data.draw(st.sets(st.sampled_from(sorted(ways)), min_size=1, max_size=2))
        facts = {"opened_on": OPENED, "currency": "CAD", **whole}
        found = account_dormancy(
            law, on=ASKED, **{**facts, **dict.fromkeys(hidden, "unknown")}
        ).outcome
        every = [
            account_dormancy(
                law, on=ASKED, **{**facts, **dict(zip(sorted(hidden), turned, strict=True))}
            ).outcome
            for turned in product(*(ways[name] for name in sorted(hidden)))
        ]

        assert set(found.unknown) <= hidden
        assert (found.status is None) <= bool(found.unknown)
        assert all(set(found.notices) <= set(way.notices) for way in every)
        assert all(set(found.consequences) <= set(way.consequences) for way in every)
        if found.status is not None:
            assert {found.status} == {way.status for way in every}
        if found.on is not None:
            assert {found.on} == {way.on for way in every}
        if found.next is not None:
            assert {found.next} == {way.next for way in every}

    def test_explained_by_the_same_function(self) -> None:
        """
        An explanation names the anchor, the period and the law in both languages.
        """
        decision = account_dormancy(
            "uk-dormant-accounts", on=date(2026, 5, 2), last_activity_on=date(2011, 5, 1)
        )

        assert "Dormant Bank and Building Society Accounts Act 2008, 2008 c. 31, s. 10" in (
            decision.explain()
        )
        assert "“休眠账户”" in decision.explain("zh_CN")
        assert "2011年5月1日" in decision.explain("zh_CN")

    @pytest.mark.parametrize("law", LAWS)
    @pytest.mark.parametrize("said", [{}, {"last_activity_on": "unknown"}, {"activity": "unknown"}])
    def test_an_account_opened_today_is_explained(self, law: str, said: dict[str, str]) -> None:
        """
        Whatever was last done on an account opened on the day asked, it was on that day: the day is
        known, and what it is has a name.
        """
        decision = account_dormancy(law, on=ASKED, opened_on=ASKED, **said)

        assert ASKED == decision.outcome.anchor
        assert decision.outcome.anchored_by
        assert decision.explain()
        assert decision.explain("zh_CN")


class TestDuties:
    """When duties are due, in forms no shipped law has."""

    @given(DAYS)
    def test_before_the_first_day(self, last: date) -> None:
        """
        A notice due three months and ten days before is counted back from the first day.
        """
        duty = """
[[version.status.duty]]
code = "notice"
title = { en = "n", zh = "通知" }
before = "P3M10D"
"""
        found = account_dormancy(acme(ACME + duty), on=ASKED, last_activity_on=last).outcome
        (notice,) = found.notices
        first = found.on or (found.next.on if found.next else None)

        assert first is not None
        assert notice.due_by is not None
        assert (first - timedelta(days=1)) == Period(months=12).after(last)
        assert Period(months=3).after(notice.due_by + timedelta(days=10)) <= first

    def test_at_the_end_of_time(self) -> None:
        """
        A period that ends past the calendar leads to no day, and breaks nothing.
        """
        last = date(9999, 6, 1)
        found = account_dormancy(acme(), on=last, last_activity_on=last).outcome

        assert ("active", None) == (found.status, found.next)


class TestBadInput:
    """What cannot be is refused by name."""

    @pytest.mark.parametrize(
        ("facts", "path"),
        [
            ({"last_activity_on": date(2027, 1, 1)}, "last_activity_on"),
            ({"last_activity_on": date(1999, 1, 1)}, "last_activity_on"),
            ({"activity": (did(date(2027, 1, 1)),)}, "activity[0].on"),
            ({"activity": (did(date(1999, 1, 1)),)}, "activity[0].on"),
            ({"opened_on": date(2027, 1, 1)}, "opened_on"),
            ({"notified_on": date(2027, 1, 1)}, "notified_on"),
        ],
    )
    def test_impossible_days(self, facts: dict[str, Any], path: str) -> None:
        """
        A day after the one asked, or before the opening, is refused and named.
        """
        with pytest.raises(FaultsError) as told:
            asked("uk-dormant-accounts", **facts)

        assert path in [fault.path for fault in told.value.faults]

    @pytest.mark.parametrize(
        ("law", "facts", "near"),
        [
            ("us-escheat", {"state": "NYC"}, "NY"),
            ("uk-dormant-accounts", {"account_kind": "saving"}, "savings"),
            ("uk-dormant-accounts", {"customer_kind": "persons"}, "person"),
            ("uk-dormant-accounts", {"activity": (did(OPENED, "costumer"),)}, "customer"),
            ("uk-dormant-accounts", {"activity": (did(OPENED, kind="interests"),)}, "interest"),
        ],
    )
    def test_unknown_words(self, law: str, facts: dict[str, Any], near: str) -> None:
        """
        A word nobody knows is refused with the near ones; none is taken for "all others".
        """
        with pytest.raises(UnknownNameError, match=near):
            asked(law, **facts)

    @pytest.mark.parametrize(
        ("was", "now", "path"),
        [
            ('after = "P1Y"', "", "status[0].after"),
            ('after = "P1Y"', 'after = "P0D"', "status[0].term[0].after"),
            ('after = "P1Y"', 'after = "P1Y"\nstarts = "notice"', "status[0].starts"),
            ('code = "dormant"', 'code = "active"', "status[0].code"),
            ('"initiator", equals', '"initiater", equals', "counts[0].when.fact"),
            ('equals = "customer"', 'equals = "costumer"', "counts[0].when"),
            (
                'after = "P1Y"',
                'term = [{ after = "P1Y" }, { after = "P2Y" }]',
                "status[0].term[0]",
            ),
            (
                'after = "P1Y"',
                f'after = "P1Y"\nduty = [{{ {NAMED}, before = "P1M", every = "P1M" }}]',
                "status[0].duty[0]",
            ),
            (
                'after = "P1Y"',
                f'after = "P1Y"\nduty = [{{ {NAMED}, every = "P1D" }}]',
                "status[0].duty[0].every",
            ),
            (
                'jurisdiction = "XX"',
                f'jurisdiction = "XX"\nexclusion = [{{ {NAMED}, keeps_from = ["dorment"], {OWES} }}]',
                "exclusion[0].keeps_from[0]",
            ),
        ],
    )
    def test_faults_of_a_law(self, was: str, now: str, path: str) -> None:
        """
        A fault of a law is found when it is read, with its path.
        """
        assert was in ACME
        with pytest.raises(PolicyError) as told:
            acme(ACME.replace(was, now))

        assert [f"version[0].{path}"] == [fault.path for fault in told.value.faults]


def names_of(folder: Path) -> set[str]:
    """Return what the modules of a folder import, by module and name."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_no_stage_is_touched() -> None:
    """
    The account's law and the customer's stage know nothing of each other.
    """
    law = names_of(LIFECYCLE / "dormancy")
    stages = names_of(LIFECYCLE / "stages") | names_of(LIFECYCLE / "care")

    assert not {name for name in law if ".stages" in name or ".lifecycle.model" in name}
    assert not {name for name in law if ".care" in name}
    assert not {name for name in stages if ".dormancy" in name}
