"""Statistics: what is counted adds up, and nothing is counted into a better light."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest
from handling_tools import faults_of, version_of
from hypothesis import given
from hypothesis import strategies as st

from bankservice.complaints import Role, statistics
from bankservice.complaints.watch.tally import (
    CaseRow,
    CycleRow,
    Group,
    Statistics,
    StatisticsFacts,
    Timeliness,
)
from bankservice.core.clock import Status, Verdict

VERSION = version_of("handling")
START, END, AS_OF = date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 3)
DUE = datetime(2026, 11, 15, tzinfo=UTC)
FATES = (
    (Status.STOPPED, Verdict.IN_TIME),
    (Status.STOPPED, Verdict.LATE),
    (Status.STOPPED, Verdict.EXCUSED),
    (Status.STOPPED, Verdict.PENDING),
    (Status.CANCELLED, Verdict.PENDING),
    (Status.CANCELLED, Verdict.LATE),
    (Status.RUNNING, Verdict.PENDING),
    (Status.RUNNING, Verdict.LATE),
    (Status.PAUSED, Verdict.PENDING),
)
COUNTS = (
    "met",
    "met_late",
    "breached_open",
    "excused",
    "cancelled",
    "cancelled_late",
    "pending",
    "undecided",
    "judged",
    "paused",
    "paused_us",
)
TABLES = ("by_product", "by_channel", "by_branch", "by_issue", "by_severity")

Rows = tuple[tuple[CaseRow, tuple[CycleRow, ...]], ...]


@st.composite
def cycle_rows(draw: st.DrawFn, case: str, number: int) -> CycleRow:
    """Draw one run of a clock."""
    status, verdict = draw(st.sampled_from(FATES))
    ended = status in (Status.STOPPED, Status.CANCELLED)
    late = draw(st.integers(1, 10**12)) * (-1 if verdict is Verdict.IN_TIME else 1)
    return CycleRow(
        case=case,
        clock=draw(st.sampled_from(["reply", "solution"])),
        cycle=number,
        role=draw(st.sampled_from(list(Role))),
        status=status,
        verdict=verdict,
        closed_on=draw(st.dates(date(2026, 10, 25), AS_OF)) if ended else None,
        due_at=DUE,
        stopped_at=DUE + timedelta(microseconds=late) if status is Status.STOPPED else None,
        late_working_us=draw(st.none() | st.just(late // 3)),
        paused_us=draw(st.sampled_from([0, 7])),
    )


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    """Draw cases with the runs of their clocks."""
    held = []
    for index in range(draw(st.integers(0, 5))):
        received = draw(st.dates(date(2026, 9, 1), AS_OF))
        case = CaseRow(
            case=f"c-{index}",
            customer=draw(st.sampled_from(["zhao", "chen", "wu"])),
            received_on=received,
            closed_on=draw(st.none() | st.dates(received, AS_OF + timedelta(30))),
            product=draw(st.sampled_from(["", "fund", "loan"])),
            channel=draw(st.sampled_from(["hotline", "web"])),
            branch=draw(st.sampled_from(["", "b-1"])),
            issue=draw(st.sampled_from(["waiting", "fees"])),
            cause=draw(st.sampled_from(["", "outage", "defect", "pricing"])),
            severity=draw(st.sampled_from(["normal", "high"])),
        )
        number = draw(st.integers(0, 4))
        cycles = tuple(draw(cycle_rows(case.case, cycle)) for cycle in range(number))
        held.append((case, cycles))
    return tuple(held)


def counted(held: Rows) -> Statistics:
    """Return the statistics of November."""
    facts = StatisticsFacts(
        start=START,
        end=END,
        as_of=AS_OF,
        cases=tuple(case for case, _ in held),
        cycles=tuple(cycle for _, cycles in held for cycle in cycles),
    )
    return statistics.decide(facts, VERSION).outcome


def numbers(found: Timeliness) -> Counter[str]:
    """Return the counts of a line that add up."""
    held = Counter({name: getattr(found, name) for name in COUNTS})
    for name in ("late_working", "late_elapsed", "early_working", "early_elapsed"):
        spread = getattr(found, name)
        held.update({f"{name}.count": spread.count, f"{name}.total": spread.total})
    return held


def table(groups: tuple[Group, ...]) -> Counter[tuple[str, str]]:
    """Return the counts of a table that add up."""
    names = ("received", "closed", "open", "met", "judged")
    return Counter({(row.code, name): getattr(row, name) for row in groups for name in names})


class TestLaws:
    """What holds of every count."""

    @given(rows())
    def test_sums_agree(self, held: Rows) -> None:
        """Every table, the age classes and the causes add up to the whole; so do the duties."""
        found = counted(held)
        whole = found.overall

        for name in TABLES:
            groups = getattr(found, name)
            assert (found.received, found.closed, found.open, whole.met, whole.judged) == tuple(
                sum(getattr(group, part) for group in groups)
                for part in ("received", "closed", "open", "met", "judged")
            )
        assert found.open == sum(held.cases for held in found.ageing)
        assert found.closed == found.without_cause + sum(cause.cases for cause in found.causes)
        assert numbers(whole) == sum((numbers(duty) for duty in found.duties), Counter())
        assert whole.judged == (
            whole.met + whole.met_late + whole.breached_open + whole.excused + whole.cancelled_late
        )

    @given(rows(), st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_changes_nothing(self, held: Rows, random: Any) -> None:
        """The same rows in another order give the same statistics."""
        other = [(case, tuple(reversed(cycles))) for case, cycles in held]
        random.shuffle(other)

        assert counted(held) == counted(tuple(other))

    @given(rows(), st.integers(0, 5))
    def test_counting_parts_and_adding_is_counting_the_whole(self, held: Rows, at: int) -> None:
        """The counts of two parts add up to those of the whole."""
        one, two, whole = counted(held[:at]), counted(held[at:]), counted(held)

        assert numbers(one.overall) + numbers(two.overall) == +numbers(whole.overall)
        for name in TABLES:
            parts = table(getattr(one, name)) + table(getattr(two, name))
            assert parts == +table(getattr(whole, name))
        assert whole.received == one.received + two.received
        assert whole.limits_left_out == one.limits_left_out + two.limits_left_out

    @given(rows())
    def test_limits_are_never_counted(self, held: Rows) -> None:
        """Without its limits a count is the same but for how many were left out."""
        without = tuple(
            (case, tuple(cycle for cycle in cycles if cycle.role is Role.DUTY))
            for case, cycles in held
        )

        assert attrs.evolve(counted(held), limits_left_out=0) == counted(without)

    @given(rows())
    def test_neither_excuse_nor_cancelling_makes_it_better(self, held: Rows) -> None:
        """Were every late cycle excused or cancelled on the day it ended, the share would stay."""
        for change in (
            {"verdict": Verdict.EXCUSED},
            {"status": Status.CANCELLED, "verdict": Verdict.LATE},
        ):
            other = tuple(
                (
                    case,
                    tuple(
                        attrs.evolve(cycle, **change)
                        if (cycle.status, cycle.verdict) == (Status.STOPPED, Verdict.LATE)
                        else cycle
                        for cycle in cycles
                    ),
                )
                for case, cycles in held
            )
            assert counted(held).overall.share == counted(other).overall.share

    @given(rows())
    def test_shares(self, held: Rows) -> None:
        """A share is exact, within 0 and 1, and absent where nothing was judged."""
        found = counted(held)

        lines: tuple[Timeliness | Group, ...] = (found.overall, *found.duties, *found.by_issue)
        for line in lines:
            assert (line.share is None) == (line.judged == 0)
            if line.share is not None:
                assert Fraction(line.met, line.judged) == line.share

    @given(rows())
    def test_causes_are_in_order(self, held: Rows) -> None:
        """Causes fall in frequency, equal ones stand by code, and the last reaches the whole."""
        causes = counted(held).causes

        assert causes == tuple(sorted(causes, key=lambda cause: (-cause.cases, cause.code)))
        assert not causes or causes[-1].cumulative == 1

    @given(rows())
    def test_explaining_decides_the_same(self, held: Rows) -> None:
        """The explanation is of the same decision, in both languages."""
        facts = StatisticsFacts(
            start=START,
            end=END,
            as_of=AS_OF,
            cases=tuple(case for case, _ in held),
            cycles=tuple(cycle for _, cycles in held for cycle in cycles),
        )
        decision = statistics.decide(facts, VERSION)

        assert decision.explain("en")
        assert decision.explain("zh_CN")


CASE = CaseRow(case="c-1", customer="zhao", received_on=START)
CYCLE = CycleRow(
    case="c-1",
    clock="reply",
    role=Role.DUTY,
    status=Status.STOPPED,
    verdict=Verdict.LATE,
    closed_on=START,
)


class TestBadInput:
    """What is refused."""

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"end": START}, "not after"),
            ({"as_of": date(2026, 10, 31)}, "before the period"),
            ({"cases": (CASE, CASE)}, "counted twice: c-1"),
            ({"cases": (CASE,), "cycles": (CYCLE, CYCLE)}, "counted twice: c-1 reply 1"),
            ({"cycles": (CYCLE,)}, "not given: c-1"),
        ],
    )
    def test_rows_that_do_not_fit(self, facts: dict[str, Any], words: str) -> None:
        """Empty periods, rows that stand twice, and cycles of no case are refused."""
        with pytest.raises(ValueError, match=words):
            StatisticsFacts(**{"start": START, "end": END, "as_of": END, **facts})

    @pytest.mark.parametrize(
        "change",
        [
            {"closed_on": None},
            {"status": Status.RUNNING},
            {"status": Status.CANCELLED, "verdict": Verdict.IN_TIME},
        ],
    )
    def test_cycles_that_cannot_be(self, change: dict[str, Any]) -> None:
        """What has ended has a day; only what has stopped was in time."""
        with pytest.raises(ValueError, match="c-1 reply"):
            attrs.evolve(CYCLE, **change)

    def test_a_case_is_closed_after_it_was_received(self) -> None:
        """A case closed before it was received is refused."""
        with pytest.raises(ValueError, match="closed on"):
            attrs.evolve(CASE, closed_on=date(2026, 10, 1))

    @pytest.mark.parametrize(
        ("counting", "path"),
        [
            ({"ageing": []}, "ageing"),
            ({"ageing": [5, 1]}, "ageing"),
            ({"ageing": [-1, 1]}, "ageing"),
            ({"repeat_from": 1}, "repeat_from"),
        ],
    )
    def test_classes_out_of_order(self, counting: dict[str, Any], path: str) -> None:
        """Age classes ascend from day 0; one case is no repeat."""
        found = faults_of("handling", lambda version: version.update(counting=counting))

        assert [f"version[0].counting.{path}"] == list(found)


def test_amounts_both_ways() -> None:
    """Late amounts are told in working and in elapsed time, those in time by what was left."""
    late, early = timedelta(hours=3), timedelta(hours=-2)
    held = tuple(
        attrs.evolve(
            CYCLE,
            cycle=number,
            verdict=Verdict.LATE if apart > timedelta(0) else Verdict.IN_TIME,
            due_at=DUE,
            stopped_at=DUE + apart,
            late_working_us=working,
        )
        for number, (apart, working) in enumerate([(late, 60), (late * 2, 90), (early, -30)])
    )
    overall = counted(((CASE, held),)).overall
    hour = 3_600_000_000

    assert (2, 150, 60, Fraction(75), 90) == attrs.astuple(overall.late_working)
    assert (2, 9 * hour, 3 * hour, Fraction(9 * hour, 2), 6 * hour) == attrs.astuple(
        overall.late_elapsed
    )
    assert (1, 30, 30, Fraction(30), 30) == attrs.astuple(overall.early_working)
    assert (1, 2 * hour, 2 * hour, Fraction(2 * hour), 2 * hour) == attrs.astuple(
        overall.early_elapsed
    )
