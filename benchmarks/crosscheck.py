"""
Do the statistics of `satisfaction` say what scipy, statsmodels and pingouin say?

    python benchmarks/crosscheck.py
    python benchmarks/crosscheck.py 1000

The peers come with `pip install bankservice[crosscheck]`. Inputs are drawn at random, the same on
every run, and given to both sides; the number is that of inputs for each quantity. Each line tells
a quantity, how many inputs and numbers were compared, the worst relative difference and the bound
it must keep; a line outside its bound names the input, and the exit code is 1. Outcomes of rules
are told to fourteen digits. Numbers below the floor of a quantity are compared as if they were
that large, because a number near 0 that is left of large ones has few digits in any program.
Raking and suppression, which none of the peers has, are held by numpy against what defines them.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import combinations, product
from math import inf, isnan
from random import Random
from typing import Any, Final, NamedTuple

try:
    import numpy as np
    import pandas as pd
    import pingouin
    from scipy import special, stats
    from statsmodels.regression.linear_model import OLS
    from statsmodels.stats import contingency_tables, inter_rater, power, proportion, weightstats
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.outliers_influence import variance_inflation_factor
except ImportError as absent:
    sys.exit(f"{absent}: pip install bankservice[crosscheck]")

from bankservice import satisfaction as ours
from bankservice.core import quantiles
from bankservice.core.mann_kendall import kendall

TRIES: Final = 100
PEERS: Final = ("numpy", "pingouin", "scipy", "statsmodels")

Pairs = Iterator[tuple[Any, Any]]
"""What we say, and what the peer says."""


class Quantity(NamedTuple):
    """Something both sides can tell, and how far they may differ."""

    name: str
    compared: Callable[[Random], Pairs]
    bound: float
    floor: float = 1e-3


class Found(NamedTuple):
    """How far the two sides differ, where that is most."""

    numbers: int
    worst: float
    at: int


def relative(mine: Any, theirs: Any, floor: float) -> float:
    """Return the difference of two numbers as a part of the larger; endless where one is none."""
    a, b = float(mine), float(theirs)
    if a == b:
        return 0.0
    apart = abs(a - b) / max(abs(a), abs(b), floor)
    return inf if isnan(apart) else apart


def tried(quantity: Quantity, tries: int) -> Found:
    """Return how far both sides differ over so many inputs."""
    numbers, worst, at = 0, 0.0, 0
    for number in range(tries):
        for mine, theirs in quantity.compared(Random(f"{quantity.name} {number}")):
            apart = relative(mine, theirs, quantity.floor)
            numbers += 1
            if apart > worst:
                worst, at = apart, number
    return Found(numbers, worst, at)


# -- inputs ----------------------------------------------------------------------------------------


def decimals(values: Any) -> list[str]:
    """Write numbers as a table of facts has them: floats exactly as they are."""
    return [repr(float(value)) for value in values]


def sureness(draw: Random) -> float:
    """Draw a confidence."""
    return draw.choice((0.8, 0.9, 0.95, 0.99, 0.999))


def counted(draw: Random, most: int = 2_000) -> dict[str, int]:
    """Draw satisfied customers of a base, as the facts of a share have them."""
    base = draw.randint(1, draw.choice((10, 100, most)))
    return {"satisfied": draw.randint(0, base), "base": base}


def marks(draw: Random, count: int, low: int = 1, high: int = 5) -> list[int]:
    """Draw answers, at least two of which differ."""
    return [low, high, *(draw.randint(low, high) for _ in range(count - 2))]


def weights(draw: Random, count: int) -> list[float]:
    """Draw weights."""
    return [round(draw.lognormvariate(0, 0.6), 4) for _ in range(count)]


def signs(scores: list[int]) -> Any:
    """Return promoters as 1, detractors as -1 and all others as 0."""
    return np.array([(score >= 9) - (score <= 6) for score in scores], dtype=float)


def items(draw: Random) -> Any:
    """Draw rows of answers to items that have something in common."""
    rows = draw.randint(8, 80)
    wide = draw.randint(3, 6)
    common = [draw.gauss(0, 1) for _ in range(rows)]
    mixed = [[round(3 + each + draw.gauss(0, 0.8), 2) for _ in range(wide)] for each in common]
    return np.array(mixed)


# -- laws ------------------------------------------------------------------------------------------


def normal(draw: Random) -> Pairs:
    """The normal law: quantiles, and tails as far out as 30 deviations."""
    p, z = draw.uniform(1e-9, 1 - 1e-9), draw.uniform(0, 30)
    yield quantiles.normal_quantile(p), stats.norm.ppf(p)
    yield quantiles.two_sided(z), 2 * stats.norm.sf(z)


def student(draw: Random) -> Pairs:
    """Student's law: quantiles and tails."""
    p, t = draw.uniform(0.5001, 0.99999), draw.uniform(0, 12)
    freedom = draw.choice((1, 2, draw.randint(3, 40), draw.randint(41, 5_000)))
    yield quantiles.t_quantile(p, freedom), stats.t.ppf(p, freedom)
    parts = freedom + draw.random()
    yield quantiles.t_two_sided(t, parts), 2 * stats.t.sf(t, parts)


def beta_law(draw: Random) -> Pairs:
    """The beta law: shares and quantiles."""
    a, b = (draw.choice((0.5, draw.uniform(0.5, 5), draw.uniform(5, 2_000))) for _ in range(2))
    p = draw.uniform(0.001, 0.999)
    point = float(stats.beta.ppf(p, a, b))
    yield quantiles.beta_quantile(a, b, p), point
    yield quantiles.beta_share(a, b, point), special.betainc(a, b, point)


def f_law(draw: Random) -> Pairs:
    """Quantiles of F."""
    p, above, below = draw.uniform(0.001, 0.999), draw.randint(1, 200), draw.randint(1, 2_000)
    yield quantiles.f_quantile(p, above, below), stats.f.ppf(p, above, below)


def chi_square(draw: Random) -> Pairs:
    """The upper tail of chi-square."""
    freedom = draw.randint(1, 60)
    value = draw.uniform(0, 4 * freedom + 20)
    yield quantiles.chi_square_tail(value, freedom), stats.chi2.sf(value, freedom)


# -- scores ----------------------------------------------------------------------------------------


def share(method: str, theirs: str, draw: Random) -> Pairs:
    """An interval of a share."""
    facts, sure = counted(draw, 20_000), sureness(draw)
    mine = ours.csat(**facts, method=method, confidence=str(sure)).outcome
    ends = proportion.proportion_confint(*facts.values(), alpha=1 - sure, method=theirs)
    # Where the peer goes below 0 or above 1 an interval of a share ends there. Where nobody is
    # satisfied Jeffreys' begins at 0 with us, as Brown, Cai and DasGupta have it: a lower end above
    # the share observed says nothing of it. Where everybody is, it ends at 1.
    nobody, everybody = (facts["satisfied"] == most for most in (0, facts["base"]))
    yield mine.low, 0 if nobody else max(0, ends[0])
    yield mine.high, 1 if everybody else min(1, ends[1])


def net_score(draw: Random) -> Pairs:
    """NPS: the t interval, and the adjusted one as Wald's of three answers more."""
    scores, sure = marks(draw, draw.randint(3, 300), 0, 10), sureness(draw)
    plain = ours.nps(scores=scores, method="t", confidence=str(sure)).outcome
    values = signs(scores)
    n = len(values)
    low, high = stats.t.interval(sure, n - 1, values.mean(), stats.sem(values))
    yield plain.score, 100 * values.mean()
    yield plain.low, max(-100, 100 * low)
    yield plain.high, min(100, 100 * high)
    extra = np.concatenate([values, [1, 0, -1]])
    many = np.concatenate([np.ones(n), [0.75, 1.5, 0.75]])
    wider = weightstats.DescrStatsW(extra, many, ddof=0)
    adjusted = ours.nps(scores=scores, confidence=str(sure)).outcome
    yield adjusted.centre, 100 * wider.mean
    yield adjusted.standard_error, 100 * np.sqrt(wider.var / (n + 3))


def weighted(draw: Random) -> Pairs:
    """Weighted means, and the linearised standard error of an NPS."""
    # The standard error of DescrStatsW is not compared: it takes weights as how often an answer
    # came, so that a thousand times the weights are taken as a thousand times the customers.
    scores = marks(draw, draw.randint(3, 200), 0, 10)
    w = np.array(weights(draw, len(scores)))
    values, facts = signs(scores), decimals(w)
    mine = ours.nps(scores=scores, weights=facts).outcome
    mean = weightstats.DescrStatsW(values, w).mean
    n, total = len(values), w.sum()
    spread = n / (n - 1) * (w**2 * (values - mean) ** 2).sum() / total**2
    yield mine.score, 100 * mean
    yield mine.linearised, 100 * np.sqrt(spread)
    yield mine.effective, total**2 / (w**2).sum()
    effort = [1 + score % 7 for score in scores]
    yield ours.ces(answers=effort, weights=facts).outcome.mean, np.average(effort, weights=w)


def effort_score(draw: Random) -> Pairs:
    """The mean of an effort score with its interval."""
    answers, sure = marks(draw, draw.randint(3, 300), 1, 7), sureness(draw)
    mine = ours.ces(answers=answers, confidence=str(sure)).outcome
    peer = weightstats.DescrStatsW(np.array(answers, dtype=float))
    low, high = peer.tconfint_mean(alpha=1 - sure)
    yield from ((mine.mean, peer.mean), (mine.low, low), (mine.high, high))


def small_unit(draw: Random) -> Pairs:
    """The credible interval of a unit's share."""
    facts, prior = counted(draw, 300), draw.uniform(0.05, 0.95)
    strength = draw.randint(2, 200)
    mine = ours.small_unit_score(**facts, prior=repr(prior), strength=strength).outcome
    good = facts["satisfied"] + strength * prior
    law = stats.beta(good, facts["base"] + strength - good)
    yield from ((mine.score, law.mean()), (mine.low, law.ppf(0.025)), (mine.high, law.ppf(0.975)))


# -- changes ---------------------------------------------------------------------------------------


def share_change(draw: Random) -> Pairs:
    """CSAT change: the pooled z test, and the intervals of Newcombe and of Agresti and Caffo."""
    before, after = counted(draw), counted(draw)
    (k, n), (m, total) = before.values(), after.values()
    mine = ours.csat_change(before=before, after=after).outcome
    if mine.z is not None:
        z, p = proportion.proportions_ztest([m, k], [total, n])
        yield mine.z, z
        yield mine.p_value, p
    for interval, theirs in (("newcombe", "newcomb"), ("agresti-caffo", "agresti-caffo")):
        found = ours.csat_change(before=before, after=after, interval=interval).outcome
        ends = proportion.confint_proportions_2indep(m, total, k, n, method=theirs)
        yield found.low, max(-1, ends[0])
        yield found.high, min(1, ends[1])


def fisher(draw: Random) -> Pairs:
    """Fisher's exact test."""
    before, after = counted(draw, 400), counted(draw, 400)
    table = [[each["satisfied"], each["base"] - each["satisfied"]] for each in (before, after)]
    mine = ours.csat_change(before=before, after=after, test="fisher").outcome
    yield mine.p_value, stats.fisher_exact(table).pvalue


def paired(draw: Random) -> Pairs:
    """The same people twice: McNemar's tests, and the t test of their differences."""
    table = [[draw.randint(0, 60) for _ in range(2)] for _ in range(2)]
    if table[0][1] + table[1][0]:
        mine = ours.paired_change(score="csat", table=table).outcome
        yield mine.p_value, contingency_tables.mcnemar(table, exact=True).pvalue
        plain = contingency_tables.mcnemar(table, exact=False, correction=False)
        yield mine.chi_square, plain.statistic
        yield mine.chi_square_p_value, plain.pvalue
    before, after = marks(draw, 40, 0, 10), marks(draw, 40, 0, 10)[::-1]
    told = ours.paired_change(score="nps", before=before, after=after).outcome
    theirs = stats.ttest_rel(signs(after), signs(before))
    yield from ((told.t, theirs.statistic), (told.p_value, theirs.pvalue))


def welch(draw: Random) -> Pairs:
    """Welch's t test of two NPS, and of two effort scores."""
    before, after = (marks(draw, draw.randint(3, 200), 0, 10) for _ in range(2))
    mine = ours.nps_change(
        before={"scores": before}, after={"scores": after}, method="welch-t"
    ).outcome
    theirs = stats.ttest_ind(signs(after), signs(before), equal_var=False)
    ends = theirs.confidence_interval()
    yield from ((mine.t, theirs.statistic), (mine.freedom, theirs.df))
    yield from ((mine.p_value, theirs.pvalue), (mine.low, max(-200, 100 * ends.low)))
    yield mine.high, min(200, 100 * ends.high)
    early, late = ([1 + score % 7 for score in each] for each in (before, after))
    if len(set(early)) > 1 and len(set(late)) > 1:
        effort = ours.ces_change(before={"answers": early}, after={"answers": late}).outcome
        peer = stats.ttest_ind(late, early, equal_var=False)
        yield from ((effort.t, peer.statistic), (effort.p_value, peer.pvalue))


def many_tests(draw: Random) -> Pairs:
    """P-values of many tests: Holm, Benjamini and Hochberg, Bonferroni."""
    raw = [draw.choice((0.01, draw.random(), draw.random() ** 4)) for _ in range(12)]
    mine = ours.adjusted_p_values(p_values=decimals(raw)).outcome
    compared = [(mine.bh, "fdr_bh"), (mine.bonferroni, "bonferroni")]
    # The peer takes most of a tenth of a second for Holm's, however few the tests are.
    if draw.random() < 0.2:
        compared.append((mine.holm, "holm"))
    for found, method in compared:
        yield from zip(found, multipletests(raw, method=method)[1], strict=True)


# -- sampling --------------------------------------------------------------------------------------


def sizes(draw: Random) -> Pairs:
    """Sizes of samples: for a margin, and for a change of a share or of an NPS."""
    p, margin, sure = draw.uniform(0.02, 0.98), draw.uniform(0.01, 0.2), sureness(draw)
    found = ours.sample_size(share=repr(p), margin=repr(margin), confidence=str(sure)).outcome
    yield found.raw, proportion.samplesize_confint_proportion(p, margin, alpha=1 - sure)
    before, surely = draw.uniform(0.1, 0.9), draw.uniform(0.6, 0.95)
    after = min(0.95, before + 0.2) if draw.random() < 0.5 else before / 2
    told = ours.change_size(before=repr(before), after=repr(after), power=repr(surely)).outcome
    yield told.raw, proportion.samplesize_proportions_2indep_onetail(after - before, before, surely)
    v, by = draw.uniform(0.1, 1), draw.uniform(0.02, 0.5)
    net = ours.change_size(variance=repr(v), difference=repr(by), power=repr(surely)).outcome
    yield net.raw, power.normal_sample_size_one_tail(by, surely, 0.025, np.sqrt(2 * v))


def fit(draw: Random) -> Pairs:
    """The goodness of fit of those who answered."""
    targets = {name: draw.randint(1, 500) for name in "abcde"[: draw.randint(2, 5)]}
    counts = {name: draw.randint(1, 200) for name in targets}
    margin = ours.representativeness(counts={"age": counts}, targets={"age": targets}).outcome
    mine = margin.margins["age"]
    expected = np.array([*targets.values()]) / sum(targets.values()) * sum(counts.values())
    theirs = stats.chisquare([*counts.values()], expected)
    yield from ((mine.chi_square, theirs.statistic), (mine.p_value, theirs.pvalue))


def raked(draw: Random) -> Pairs:
    """Raking: the margins are met, by weights that are a product of one factor for each margin."""
    margins = {"age": "abcd", "work": "ef", "income": "ghi"}
    rows = [{name: draw.choice(codes) for name, codes in margins.items()} for _ in range(300)]
    # Shares may be asked only of categories that have somebody.
    targets = {
        name: {code: draw.randint(20, 100) for code in sorted({row[name] for row in rows})}
        for name in margins
    }
    found = ours.raking(
        respondents=rows,
        targets={
            name: {code: f"{n / sum(each.values()):.14f}" for code, n in each.items()}
            for name, each in targets.items()
        },
    ).outcome
    weights = np.array([float(weight) for weight in found.weights])
    belongs = []
    for name, each in targets.items():
        for code, count in each.items():
            inside = np.array([row[name] == code for row in rows], dtype=float)
            belongs.append(inside)
            yield inside @ weights, len(rows) * count / sum(each.values())
    design = np.column_stack(belongs)
    logs = np.log(weights)
    factors = np.linalg.lstsq(design, logs, rcond=None)[0]
    yield from zip(weights, np.exp(design @ factors), strict=True)


def withheld(draw: Random) -> Pairs:
    """Suppression: no group below the floor is a sum of figures shown, less others shown."""
    sides = {
        name: draw.randint(2, 5) for name in ("branch", "age", "channel")[: draw.randint(1, 3)]
    }
    cells: list[Any] = [
        {"of": dict(zip(sides, each, strict=True)), "base": draw.randint(0, draw.choice((9, 200)))}
        for each in product(*([f"{name} {n}" for n in range(sides[name])] for name in sides))
    ]
    found = ours.suppression(cells=cells).outcome
    bases = np.array([cell["base"] for cell in cells])

    def placed(of: Any) -> Any:
        return np.array([all(cell["of"][k] == v for k, v in of.items()) for cell in cells], float)

    shown = np.array([placed(figure.of) for figure in found.figures if figure.visible])
    shown = shown.reshape(-1, len(cells))
    small = [placed(figure.of) for figure in found.figures if not figure.visible]
    small = [group for group in small if 0 < group @ bases < found.guarded]
    rank = np.linalg.matrix_rank(shown) if len(shown) else 0
    follow = [group for group in small if np.linalg.matrix_rank([*shown, group]) == rank]
    yield 0, len(follow)


# -- items -----------------------------------------------------------------------------------------


def alpha(draw: Random) -> Pairs:
    """Cronbach's alpha with the interval of Feldt, and of scales that leave an item out."""
    rows, sure = items(draw), sureness(draw)
    n, wide = rows.shape
    mine = ours.cronbach_alpha(items=[decimals(row) for row in rows], confidence=str(sure)).outcome
    theirs = pingouin.cronbach_alpha(pd.DataFrame(rows))[0]
    yield mine.alpha, theirs
    # Pingouin rounds its interval to three digits; this is the same, in full.
    ends = stats.f.isf([(1 - sure) / 2, (1 + sure) / 2], n - 1, (n - 1) * (wide - 1))
    yield from zip((mine.low, mine.high), 1 - (1 - theirs) * ends, strict=True)
    for place in range(wide):
        rest = pd.DataFrame(np.delete(rows, place, axis=1))
        yield mine.if_dropped[place], pingouin.cronbach_alpha(rest)[0]


def agreement(draw: Random) -> Pairs:
    """Cohen's kappa, plain and with weights."""
    wide = draw.randint(2, 6)
    table = [[draw.randint(1 + 9 * (row == at), 30) for at in range(wide)] for row in range(wide)]
    mine = ours.rater_agreement(table=table).outcome
    yield mine.kappa, inter_rater.cohens_kappa(table).kappa
    yield mine.linear, inter_rater.cohens_kappa(table, wt="linear").kappa
    yield mine.quadratic, inter_rater.cohens_kappa(table, wt="quadratic").kappa


def correlated(draw: Random) -> Pairs:
    """Correlations: Pearson's with Fisher's interval, Spearman's, Kendall's tau-b."""
    count, sure = draw.randint(5, 150), sureness(draw)
    item = marks(draw, count)
    outcome = [min(5, max(1, each + draw.choice((-1, 0, 0, 1)))) for each in item]
    facts = {"drivers": {"item": item}, "outcome": outcome, "confidence": str(sure)}
    found: Any = ours.correlations(**facts).outcome.correlations
    mine = found["item"]
    pearson = stats.pearsonr(item, outcome)
    ends = pearson.confidence_interval(sure)
    yield from ((mine.pearson, pearson.statistic), (mine.low, ends.low), (mine.high, ends.high))
    yield mine.spearman, stats.spearmanr(item, outcome).statistic
    yield mine.tau, stats.kendalltau(item, outcome).statistic


def regression(draw: Random) -> Pairs:
    """Drivers: slopes, R², adjusted R², and by how much variances are raised."""
    rows = items(draw)
    x, y = rows[:, 1:], rows[:, 0]
    mine: Any = ours.drivers(
        drivers=[decimals(column) for column in x.T], outcome=decimals(y)
    ).outcome
    design = np.column_stack([np.ones(len(y)), x])
    theirs = OLS(y, design).fit()
    yield from zip((mine.intercept, *mine.slopes), theirs.params, strict=True)
    yield from ((mine.r_squared, theirs.rsquared), (mine.adjusted, theirs.rsquared_adj))
    for place, raised in enumerate(mine.vif):
        yield raised, variance_inflation_factor(design, place + 1)


def importance(draw: Random) -> Pairs:
    """Shares of R²: those of Lindeman, Merenda and Gold, and Johnson's relative weights."""
    rows = items(draw)
    x, y = rows[:, 1:], rows[:, 0]
    facts = {"drivers": [decimals(column) for column in x.T], "outcome": decimals(y)}
    mine: Any = ours.drivers(**facts).outcome
    theirs = pingouin.linear_regression(x, y, relimp=True)["relimp"][1:]
    yield from zip(mine.shares, theirs, strict=True)
    within = np.corrcoef(x.T)
    values, vectors = np.linalg.eigh(within)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    slopes = np.linalg.solve(root, [np.corrcoef(each, y)[0, 1] for each in x.T])
    yield from zip(mine.johnson, root**2 @ slopes**2, strict=True)


# -- series ----------------------------------------------------------------------------------------


def homogeneous(draw: Random) -> Pairs:
    """P-chart: whether all periods are alike, and the trend of Cochran and Armitage."""
    points = [
        {"satisfied": draw.randint(1, base - 1), "base": base}
        for base in (draw.randint(5, 300) for _ in range(draw.randint(3, 24)))
    ]
    mine = ours.p_chart(points=points).outcome
    table = np.array([[each["base"] - each["satisfied"], each["satisfied"]] for each in points])
    theirs = stats.chi2_contingency(table, correction=False)
    yield from ((mine.chi_square, theirs.statistic), (mine.homogeneity_p, theirs.pvalue))
    # The peer divides by one answer less, by the law of sampling without putting back.
    trend = contingency_tables.Table(table).test_ordinal_association()
    total = table.sum()
    yield mine.trend_z, trend.zscore * np.sqrt(total / (total - 1))


def trends(draw: Random) -> Pairs:
    """Series: the slopes of Theil and Sen and of least squares, and the variance of S with ties."""
    values = [round(draw.gauss(30, 2) + 0.1 * place, 1) for place in range(draw.randint(12, 40))]
    mine = ours.score_trend(values=decimals(values)).outcome
    yield mine.slope, stats.theilslopes(values).slope
    yield mine.least_squares, stats.linregress(range(len(values)), values).slope
    theirs = stats.kendalltau(range(len(values)), values, method="asymptotic")
    pairs = [(late > early) - (late < early) for early, late in combinations(values, 2)]
    yield mine.s, sum(pairs)
    # The peer does not bring S one step nearer to 0, so its variance is compared, not its p.
    if mine.s:
        yield mine.variance, (mine.s / stats.norm.isf(theirs.pvalue / 2)) ** 2


def short_series(draw: Random) -> Pairs:
    """Mann and Kendall's test of up to ten values without ties, counted over every order."""
    values = draw.sample(range(100), draw.randint(4, 10))
    theirs = stats.kendalltau(range(len(values)), values, method="exact")
    yield kendall([values]).p_value, theirs.pvalue


QUANTITIES: Final = (
    Quantity("normal quantiles and tails", normal, 1e-11, 0.0),
    Quantity("Student quantiles and tails", student, 1e-10, 0.0),
    Quantity("beta quantiles and shares", beta_law, 1e-9, 0.0),
    Quantity("F quantiles", f_law, 1e-9, 0.0),
    Quantity("chi-square tails", chi_square, 1e-10, 0.0),
    Quantity("Wilson", partial(share, "wilson", "wilson"), 1e-10),
    Quantity("Agresti-Coull", partial(share, "agresti-coull", "agresti_coull"), 1e-10),
    Quantity("Clopper-Pearson", partial(share, "clopper-pearson", "beta"), 1e-10),
    Quantity("Jeffreys", partial(share, "jeffreys", "jeffreys"), 1e-10),
    Quantity("NPS by t, and adjusted", net_score, 1e-10),
    Quantity("weighted means, linearised error", weighted, 1e-10),
    Quantity("effort score", effort_score, 1e-10),
    Quantity("small units", small_unit, 1e-9),
    Quantity("change of a share", share_change, 1e-10),
    Quantity("Fisher's exact test", fisher, 1e-9),
    Quantity("pairs: McNemar, t", paired, 1e-9),
    Quantity("change by Welch's t", welch, 1e-10),
    Quantity("Holm, Benjamini-Hochberg", many_tests, 1e-12),
    Quantity("sample sizes", sizes, 1e-9),
    Quantity("goodness of fit", fit, 1e-10),
    Quantity("raking: margins, factors", raked, 1e-9),
    Quantity("suppression: what follows", withheld, 0.0),
    Quantity("alpha, Feldt", alpha, 1e-10),
    Quantity("kappa", agreement, 1e-10),
    Quantity("correlations", correlated, 1e-10),
    Quantity("regression, VIF", regression, 1e-9),
    Quantity("shares of R² (LMG, Johnson)", importance, 1e-9),
    Quantity("p-chart homogeneity, trend", homogeneous, 1e-10),
    Quantity("trends of a series", trends, 1e-9),
    Quantity("Mann-Kendall, exact", short_series, 1e-10),
)


def main(tries: int = TRIES) -> int:
    """Compare every quantity; return 1 where one is outside its bound."""
    print(f"{platform.python_version()}; " + ", ".join(f"{n} {version(n)}" for n in PEERS))
    print(f"{'quantity':34} {'inputs':>7} {'numbers':>8} {'worst':>9} {'bound':>7}")
    outside = 0
    for quantity in QUANTITIES:
        found = tried(quantity, tries)
        within = found.worst <= quantity.bound
        outside += not within
        note = "" if within else f"  OUTSIDE, input {found.at}"
        print(
            f"{quantity.name:34} {tries:7} {found.numbers:8} {found.worst:9.1e}"
            f" {quantity.bound:7.0e}{note}"
        )
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:2])))
