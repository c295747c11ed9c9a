"""RFM: a fit becomes a policy, a policy scores one customer and a book alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError, PolicyError
from bankservice.core.policy import Policy
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation import (
    SHELF,
    CutPoints,
    Scale,
    fit_book,
    fit_policy,
    rfm,
    rfm_fit,
    rfm_score,
    score_book,
    version_text,
)
from bankservice.segmentation.scoring.model import fit

SOURCE: Final = {"text": "Acme fit", "clause": "1", "checked": "own"}
DESCRIBED: Final = {"en": "Customers of this test", "zh": "测试客户"}
CELLS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "code": "late",
        "title": {"en": "Of late", "zh": "近期"},
        "when": {"fact": "r", "at_least": 2},
    },
    {"code": "old", "title": {"en": "Long ago", "zh": "早期"}, "when": {"fact": "r", "equals": 1}},
)


def adopted(
    recency: Any, frequency: Any, monetary: Any, *, since: date = date(2026, 1, 1), **more: Any
) -> Policy[CutPoints]:
    """Fit, write, and read back what was written."""
    text = fit_policy(
        recency=recency,
        frequency=frequency,
        monetary=monetary,
        policy_id="acme/rfm",
        since=since,
        fitted_on=date(2025, 12, 31),
        described=DESCRIBED,
        source=SOURCE,
        **more,
    )
    return SHELF.read(text, "acme/rfm")


def faults_of(**changed: Any) -> list[str]:
    """Return the faults of a policy that is sound but for what is changed."""
    version: dict[str, Any] = {
        "population": '{ described = { en = "x", zh = "x" }, fitted_on = 2025-12-31, n = 9 }',
        "k": 3,
        "recency": "{ cuts = [90, 30] }",
        "frequency": "{ cuts = [2, 5] }",
        "monetary": "{ cuts = [10, 50] }",
    } | changed
    cells = version.pop("cells", "")
    lines = [f"{key} = {value}" for key, value in version.items()]
    text = "\n".join(
        (
            'id = "acme/rfm"',
            'kind = "segmentation.rfm-cuts"',
            "[[version]]",
            "since = 2026-01-01",
            'source = { text = "x", clause = "1", checked = "own" }',
            *lines,
            cells,
        )
    )
    with pytest.raises(PolicyError) as caught:
        SHELF.read(text, "acme/rfm")
    return [str(fault) for fault in caught.value.faults]


def cell(code: str, when: str) -> str:
    """Return a row that names cells."""
    return (
        f'[[version.cell]]\ncode = "{code}"\ntitle = {{ en = "{code}", zh = "x" }}\nwhen = {when}\n'
    )


NUMBERS: Final = st.one_of(
    st.integers(-50, 50),
    st.decimals(-5, 5, places=1),
    st.fractions(-5, 5, max_denominator=4),
)
DAYS: Final = st.one_of(st.none(), st.just(UNKNOWN), st.integers(0, 60))
ROWS: Final = st.lists(
    st.tuples(
        DAYS, st.one_of(st.just(UNKNOWN), st.integers(0, 9)), st.one_of(st.just(UNKNOWN), NUMBERS)
    ),
    max_size=25,
)


def columns_of(rows: list[tuple[Any, Any, Any]]) -> list[list[Any]]:
    """Return rows as columns; who never had an event has nothing else either."""
    held = [(None, 0, 0) if row[0] is None else row for row in rows]
    return [list(column) for column in zip(*held, strict=True)] or [[], [], []]


class TestBook:
    """A whole book is scored as the rule scores one customer."""

    @given(
        population=st.lists(
            st.tuples(st.integers(0, 60), st.integers(0, 9), NUMBERS), min_size=1, max_size=20
        ),
        rows=ROWS,
        k=st.integers(2, 6),
        nested=st.sets(st.sampled_from(("frequency", "monetary"))),
        cells=st.sampled_from(((), CELLS)),
    )
    @settings(max_examples=some(40))
    def test_book_is_one_by_one(
        self,
        population: list[tuple[Any, Any, Any]],
        rows: list[tuple[Any, Any, Any]],
        k: int,
        nested: set[str],
        cells: Any,
    ) -> None:
        """
        Scores, cells and names of a book are those of the rule, nested or not, whatever is missing.
        """
        policy = adopted(*columns_of(population), k=k, nested=nested, cells=cells)
        cuts = policy.versions[0].parameters
        recency, frequency, monetary = columns_of(rows)
        scores = score_book(recency, frequency, monetary, cuts)
        one_by_one = [
            rfm(policy, on=date(2026, 1, 1), recency_days=r, frequency=f, monetary_minor=m).outcome
            for r, f, m in zip(recency, frequency, monetary, strict=True)
        ]

        assert [[one.r, one.f, one.m] for one in one_by_one] == [
            [None if score == 255 else score for score in held]
            for held in zip(scores.r, scores.f, scores.m, strict=True)
        ]
        assert [one.cell for one in one_by_one] == [scores.cell(n) for n in range(len(rows))]
        assert [one.name for one in one_by_one] == scores.names(cuts)

    @given(ROWS, st.integers(1, 6), st.sets(st.sampled_from(("frequency", "monetary"))))
    def test_population_is_who_is_known(
        self, rows: list[tuple[Any, Any, Any]], k: int, nested: set[str]
    ) -> None:
        """
        Who never had an event, and who is not known, count nowhere in a fit; the rest do.
        """
        known = [row for row in rows if row[0] is not None and UNKNOWN not in row]
        whole = fit_book(*columns_of(rows), k=k, nested=nested)
        part = fit_book(*columns_of(known), k=k, nested=nested)

        assert len(known) == whole.n == part.n
        assert (part.recency, part.frequency, part.monetary) == (
            whole.recency,
            whole.frequency,
            whole.monetary,
        )
        assert len(rows) == whole.n + whole.never + whole.unknown

    def test_columns_of_other_customers(self) -> None:
        """
        Columns that do not stand for the same customers are an error, here and there.
        """
        cuts = adopted([1], [1], [1]).versions[0].parameters

        with pytest.raises(ValueError, match="the same customers"):
            fit_book([1, 2], [1], [1])
        with pytest.raises(ValueError, match="the same customers"):
            score_book([1, 2], [1], [1], cuts)

    def test_cells_are_counted(self) -> None:
        """
        How many are in each cell, the fullest first; who is not known is in none.
        """
        cuts = adopted([1, 9], [1, 2], [1, 2], k=2).versions[0].parameters
        scores = score_book([1, 1, 9, None, UNKNOWN], [2, 2, 1, 0, 2], [2, 9, 1, 0, 2], cuts)

        assert {"222": 2, "111": 1, "000": 1} == scores.cells()
        assert "222" == next(iter(scores.cells()))
        assert 5 == len(scores)
        assert [None] * 3 + ["never_active", None] == scores.names(cuts)

    @pytest.mark.parametrize("value", [1.5, "1", True, Decimal("NaN"), Decimal("Infinity")])
    def test_only_exact_values(self, value: Any) -> None:
        """
        A float, a text, a truth, a number that is none: a type error, never a score.
        """
        cuts = adopted([1], [1], [1]).versions[0].parameters

        with pytest.raises(TypeError, match="a value to score"):
            fit([1, value], 2)
        with pytest.raises(TypeError, match="a value to score"):
            score_book([1, 1], [1, 1], [None, value], cuts)

    @pytest.mark.parametrize("k", [0, -1, 1001, True, "5"])
    def test_scores_are_counted(self, k: Any) -> None:
        """
        A number of scores that is none is refused.
        """
        with pytest.raises(ValueError, match="from 1 to 1000 scores"):
            fit([1], k)

    def test_recency_is_not_nested(self) -> None:
        """
        Only frequency and money can be nested, and only within recency.
        """
        with pytest.raises(ValueError, match="got recency"):
            fit_book([1], [1], [1], nested=("recency",))


class TestAdopting:
    """Scores change when a bank adopts a new fit, and by nothing else."""

    def test_newcomers_change_nothing_until_a_new_fit(self) -> None:
        """
        A thousand richer newcomers leave every score as it was; the day a fit on them is adopted,
        the same customer scores lower; the day before is decided as it always was.
        """
        old = [(59, 3, 7402), (260, 2, 7511), (272, 1, 679), (66, 8, 55218), (237, 2, 2354)]
        new = [*old, *((n % 30, 9 + n, 10**6 + n) for n in range(1000))]
        customer = {"recency_days": 59, "frequency": 3, "monetary_minor": 7402}
        first = adopted(*columns_of(old))
        newer = version_text(
            fit_book(*columns_of(new)),
            since=date(2026, 7, 1),
            known_on=date(2026, 6, 20),
            fitted_on=date(2026, 6, 15),
            described=DESCRIBED,
            source=SOURCE,
        )
        text = fit_policy(
            recency=[row[0] for row in old],
            frequency=[row[1] for row in old],
            monetary=[row[2] for row in old],
            policy_id="acme/rfm",
            since=date(2026, 1, 1),
            fitted_on=date(2025, 12, 31),
            described=DESCRIBED,
            source=SOURCE,
            title={"en": "RFM", "zh": "RFM"},
            currency="CNY",
        )
        both = SHELF.read(text + "\n" + newer, "acme/rfm")
        before = rfm(first, on=date(2026, 6, 30), **customer)

        assert "543" == before.outcome.cell
        assert before.outcome == rfm(both, on=date(2026, 6, 30), **customer).outcome
        assert "111" == rfm(both, on=date(2026, 7, 1), **customer).outcome.cell
        known = both.as_known(date(2026, 6, 19))
        assert before.outcome == rfm(known, on=date(2026, 7, 1), **customer).outcome

    def test_what_is_written_is_what_was_fitted(self) -> None:
        """
        Quotients, decimals, nested lists, cohorts' texts with quotes: read back as they were.
        """
        recency, frequency = [1, 2, 3, 4], [1, 2, 2, 9]
        monetary: list[Any] = [Fraction(1, 3), Decimal("2.50"), Fraction(5, 4), 10**20]
        fitted = fit_book(recency, frequency, monetary, k=2, nested=("frequency",))
        policy = adopted(
            recency,
            frequency,
            monetary,
            k=2,
            nested=("frequency",),
            cells=(
                {"code": "all", "title": {"en": 'a "b"', "zh": "x"}, "when": CELLS[0]["when"]},
                CELLS[1],
            ),
        )
        cuts = policy.versions[0].parameters

        assert fitted.recency == cuts.recency
        assert fitted.frequency == cuts.frequency
        assert fitted.monetary == cuts.monetary
        assert 4 == policy.versions[0].written.population.n
        assert "all" == cuts.name(2, 1, 1)
        assert "never_active" == cuts.name(0, 0, 0)
        assert 'a "b"' == cuts.title("all").en

    def test_never_and_unknown_are_written(self) -> None:
        """
        The population says who was left out.
        """
        policy = adopted([1, None, UNKNOWN], [1, None, 1], [1, None, 1], known_on=date(2025, 12, 1))
        population = policy.versions[0].written.population

        assert (1, 1, 1) == (population.n, population.never, population.unknown)
        assert date(2025, 12, 1) == policy.versions[0].ref.known_on

    def test_ties_are_told(self) -> None:
        """
        Scores that ties keep from everybody stand beside the cut points, as comments.
        """
        columns: list[list[int]] = [[9, 9, 9, 1], [1, 1, 1, 1], [1, 2, 3, 4]]
        fitted = fit_book(*columns, k=4, nested=("frequency",))
        told = [
            line
            for line in version_text(
                fitted,
                since=date(2026, 1, 1),
                fitted_on=date(2025, 12, 31),
                described=DESCRIBED,
                source=SOURCE,
            ).splitlines()
            if line.startswith("#")
        ]

        assert (1, 1, 1) == Scale((1, 1, 1)).cuts
        assert (2, 3) == Scale((1, 1, 1)).skipped(4)
        assert (2, 4, 5) == Scale((1, 1)).skipped(5)
        assert "# Nobody can score 2, 3 in recency: too many are equal." == told[0]
        assert any("in frequency within recency 1" in line for line in told)
        assert not any("monetary" in line for line in told)

    def test_nobody_to_fit_on(self) -> None:
        """
        A fit on nobody cannot be adopted.
        """
        with pytest.raises(ValueError, match="nobody had an event"):
            adopted([None], [None], [None])


class TestFaults:
    """What a table of names or a list of cut points cannot decide is found when it is loaded."""

    def test_gap(self) -> None:
        """
        A cell without a name is a fault that shows one.
        """
        cells = cell("a", '{ fact = "r", at_least = 2 }') + cell(
            "b", '{ all = [{ fact = "r", equals = 1 }, { fact = "m", less_than = 3 }] }'
        )

        assert [
            "version[0].cell: got a gap at r = 1, m = 3, wanted a row for every case; none holds there"
        ] == faults_of(cells=cells)

    def test_overlap(self) -> None:
        """
        A cell with two names is a fault that shows one.
        """
        cells = cell("a", '{ fact = "r", at_least = 2 }') + cell("b", '{ fact = "r", at_most = 2 }')

        assert [
            "version[0].cell[0]: got a and b both hold at r = 2, wanted rows that never hold together"
        ] == faults_of(cells=cells)

    def test_never_reached(self) -> None:
        """
        A name for scores beyond the highest is a fault.
        """
        cells = cell("a", '{ fact = "r", at_least = 1 }') + cell("b", '{ fact = "r", equals = 4 }')
        (fault,) = faults_of(cells=cells)

        assert fault.startswith("version[0].cell[1]: got b, which can never be reached")

    def test_facts_of_names(self) -> None:
        """
        Names look at r, f and m, and at nothing else; the word for nobody's events is taken.
        """
        cells = cell("never_active", '{ fact = "recency", at_least = 1 }')
        faults = faults_of(cells=cells)

        assert any("cell[0].when.fact: got 'recency'" in fault for fault in faults)
        assert any("a code that `never` does not have" in fault for fault in faults)

    @pytest.mark.parametrize(
        ("changed", "wanted"),
        [
            ({"k": 10}, "k: got 10, wanted from 2 to 9 scores"),
            ({"k": 1}, "k: got 1"),
            ({"k": 2}, "recency.cuts: got 2 cut points, wanted at most 1"),
            ({"recency": "{ cuts = [30, 90] }"}, "recency.cuts: got 30, 90"),
            ({"frequency": "{ cuts = [5, 2] }"}, "frequency.cuts: got 5, 2"),
            ({"recency": "{ cuts = [30, -1] }"}, "recency.cuts: got days below 0"),
            ({"recency": "{ within_recency = [[1], [1], [1]] }"}, "recency within itself"),
            ({"frequency": "{ within_recency = [[1], [1]] }"}, "got 2 lists, wanted 3"),
            (
                {"frequency": "{ cuts = [1], within_recency = [[1], [1], [1]] }"},
                "beside within_recency",
            ),
            ({"currency": '"CNX"'}, "currency: got 'CNX'"),
            (
                {
                    "population": '{ described = { en = "x", zh = "x" }, fitted_on = 2025-12-31, n = 0 }'
                },
                "population.n: got 0",
            ),
            ({"frequency": '{ cuts = ["1/0"] }'}, "frequency.cuts[0]"),
            ({"monetery": "1"}, "monetery: got an unknown key"),
        ],
    )
    def test_cut_points(self, changed: dict[str, Any], wanted: str) -> None:
        """
        Each fault names its path.
        """
        assert any(wanted in fault for fault in faults_of(**changed))


class TestBadFacts:
    """A named error, never a default."""

    @pytest.mark.parametrize(
        ("facts", "wanted"),
        [
            ({"recency_days": -1}, "recency_days: got -1"),
            ({"frequency": -2}, "frequency: got -2"),
            ({"recency_days": "never", "frequency": 3}, "never, beside events"),
            ({"recency_days": "never", "monetary_minor": 3}, "never, beside events"),
            ({"recency_days": 3, "frequency": "never"}, "never, beside a last event"),
            ({"recency_days": 3, "monetary_minor": None}, "never, beside a last event"),
            ({"recency_days": 3.5}, "not a float"),
            ({"recency_days": True}, "a number"),
            ({"recency_days": "long ago"}, "a number"),
            ({"recency_days": 3, "currency": "USD"}, "currency: got USD"),
        ],
    )
    def test_contradictions(self, facts: dict[str, Any], wanted: str) -> None:
        """
        Events after the day asked, events of who never had one, another currency.
        """
        policy = adopted([1], [1], [1], currency="CNY")

        with pytest.raises(FaultsError, match=wanted):
            rfm(policy, on=date(2026, 1, 1), **facts)

    def test_cut_points_out_of_order(self) -> None:
        """
        Cut points that neither rise nor are said to fall are no cut points; nor are unknown ones.
        """
        with pytest.raises(FaultsError, match="not rising"):
            rfm_score(value=1, cuts=[3, 2])
        with pytest.raises(ValueError, match="not falling"):
            Scale((1, 2), "smaller")
        with pytest.raises(FaultsError, match=r"cuts\[1\]: got no number"):
            rfm_score(value=1, cuts=[3, "unknown"])


class TestPlain:
    """Facts as JSON has them."""

    def test_facts_are_read_as_written(self) -> None:
        """
        Numbers of every kind, never, and not known: written and read again, and decided alike.
        """
        values = [3, "2.50", "1/3", "never", None, "unknown"]
        decision = rfm_fit(values=values, k=2)
        again = rfm_fit(**decision.to_json()["facts"])
        asked = [rfm_score(value=value, cuts=["1/3", "2.50"]) for value in values]

        assert decision == again
        assert asked == [rfm_score(**one.to_json()["facts"]) for one in asked]
        assert [3, 3, 2, 0, 0, None] == [one.outcome.score for one in asked]

    def test_known_to_have_bought_nothing(self) -> None:
        """
        Where the last event is not known, but that there never was a purchase is, the score says so.
        """
        told = rfm(adopted([1], [1], [1]), on=date(2026, 1, 1), frequency="never").outcome

        assert (None, 0, None) == (told.r, told.f, told.m)
        assert ("recency_days", "monetary_minor") == told.unknown


class TestWords:
    """Why, and how far from the next score."""

    def test_next_score_is_the_nearest_miss(self) -> None:
        """
        A score tells the cut point it reached and how much the next one would take.
        """
        decision = rfm_score(value=2, cuts=[1, 3, 3, 10])
        missed = decision.explanation().nearest_miss

        assert missed is not None
        assert (1, 4) == (missed.short, dict(missed.reason.facts)["score"])
        assert "2 against 3, from which on the score is 4 — short by 1" in decision.explain()
        assert "数值2，分界点3，达到后为4分" in decision.explain("zh_CN")

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    def test_every_answer_has_words(self, locale: str) -> None:
        """
        Every headline is worded: named, part known, not known, never active, nobody to fit on.
        """
        policy = adopted([1, 90], [1, 2], [1, Fraction(1, 3)], k=2, cells=CELLS)
        asked: list[dict[str, Any]] = [
            {"recency_days": 1, "frequency": 1, "monetary_minor": 1},
            {"recency_days": 1},
            {"frequency": 1},
            {"recency_days": "never"},
        ]
        plain = adopted([1, 90], [1, 2], [1, 2], k=2)
        told = [rfm(policy, on=date(2026, 1, 1), **facts).explain(locale) for facts in asked]
        told.append(rfm(plain, on=date(2026, 1, 1), **asked[0]).explain(locale))
        told += [rfm_fit(values=values).explain(locale) for values in ([], [1, 1, "never"])]
        told += [
            rfm_score(value=value, cuts=[0]).explain(locale) for value in (0, "never", "unknown")
        ]

        assert len(told) == len(set(told))
        assert not [text for text in told if "{" in text or "RFM_" in text]
