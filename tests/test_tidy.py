"""
The rules of the house, held by tests.

What ruff, mypy and import-linter hold already is not repeated here, but for the direction of
imports: a reader of the tests shall see it.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from bankservice import policies
from bankservice.core import wording
from bankservice.core.archive import Archive
from bankservice.core.citation import Citation
from bankservice.core.decision import Rule, Says
from bankservice.core.journal import Journal
from bankservice.core.keys import Keys
from bankservice.core.quota import Quota
from bankservice.core.record import Record
from bankservice.testing.archive_contract import ArchiveContract
from bankservice.testing.contracts import JournalContract, QuotaContract
from bankservice.testing.key_contract import KeysContract

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / "src" / "bankservice"
DOCS: Final = ROOT / "docs"
CASES: Final = ROOT / "tests" / "cases"

MODULES: Final = tuple(sorted(SOURCE.rglob("*.py")))

FLOORS: Final[Mapping[str, int]] = {
    "core": 0,
    "calendars": 1,
    "demo": 1,
    "journals": 1,
    **dict.fromkeys(policies.DOMAINS, 1),
    "policies": 2,
    "charter": 3,
    "conversion": 3,
    "rule_book": 3,
    "services": 4,
    "bank": 5,
    "whatif": 6,
    "report": 7,
    "run": 8,
    "testing": 8,
    "release": 9,
    "schemas": 9,
    "sheets": 9,
    "cli": 10,
}
"""First part of a module's name below `bankservice` → its floor. Imports go down."""

RINGS: Final = ("model", "policy", "rules", "record", "trials", "service")
"""Rooms of a domain, the innermost first. Imports go inwards."""

SPLIT: Final[Mapping[str, Mapping[str, str]]] = {
    "segmentation": {
        "costs": "policy",
        "ladder": "policy",
        "measure": "policy",
        "terms": "rules",
        "tiers": "rules",
        "balances": "rules",
        "notices": "rules",
        "entries": "record",
        "book": "record",
        "corrections": "record",
        "runs": "record",
        "views": "record",
        "takeover": "trials",
        "metering": "trials",
        "grouping.model": "policy",
        "grouping.table": "policy",
        "grouping.kind": "policy",
        "grouping.specificity": "policy",
        "grouping": "rules",
        "scoring.model": "policy",
        "scoring.table": "policy",
        "scoring.kind": "policy",
        "scoring": "rules",
        "entitling.model": "policy",
        "entitling.table": "policy",
        "entitling.kind": "policy",
        "entitling": "rules",
        "wealth.model": "policy",
        "wealth.table": "policy",
        "wealth.kind": "policy",
        "wealth": "rules",
        "membership.service": "service",
        "membership": "record",
    },
    "lifecycle": {
        "stages.activity": "policy",
        "stages.kind": "policy",
        "stages.table": "policy",
        "stages.machine": "rules",
        "stages.dossier": "rules",
        "stages.lapse": "rules",
        "stages.reading": "rules",
        "stages.telling": "rules",
        "stages.rule": "rules",
        "stages.service": "service",
        "stages": "record",
        "dormancy.model": "policy",
        "dormancy.table": "policy",
        "dormancy.kind": "policy",
        "dormancy": "rules",
        "prediction.cards": "policy",
        "prediction.history": "policy",
        "prediction.kind": "policy",
        "prediction.model": "policy",
        "prediction.table": "policy",
        "prediction.bg_bb": "policy",
        "prediction.bg_nbd": "policy",
        "prediction.fitting": "policy",
        "prediction.gamma_gamma": "policy",
        "prediction.purchase_models": "policy",
        "prediction.adopting": "rules",
        "prediction.churn": "rules",
        "prediction.purchases": "rules",
        "prediction.spending": "rules",
        "prediction.telling": "rules",
        "prediction.trend": "rules",
        "prediction.value": "rules",
        "prediction.trials": "trials",
        "prediction.entries": "record",
        "prediction.record": "record",
        "prediction.views": "record",
        "prediction.service": "service",
        "prediction": "policy",
        "care.holding": "rules",
        "care.telling": "rules",
        "care.kind": "policy",
        "care.model": "policy",
        "care.table": "policy",
        "care.rule": "rules",
        "care.service": "service",
        "care": "record",
    },
    "complaints": {
        "handling": "policy",
        "levels": "policy",
        "service_levels": "policy",
        "authority": "rules",
        "contacts": "rules",
        "routes": "rules",
        "regimes.articles": "policy",
        "regimes.book": "policy",
        "regimes.law": "policy",
        "regimes.regime": "policy",
        "regimes": "rules",
        "watch.surge_policy": "policy",
        "watch": "rules",
        "cases": "record",
    },
    "loyalty": {
        "window": "policy",
        "programme": "policy",
        "accrual": "rules",
        "rating": "rules",
        "books.expectations": "policy",
        "books.amounts": "rules",
        "books.cost": "rules",
        "books.estimates": "rules",
        "books.revenue": "rules",
        "books": "record",
        "benefits.checks": "policy",
        "benefits.kind": "policy",
        "benefits.model": "policy",
        "benefits.table": "policy",
        "benefits.eligible": "rules",
        "benefits.rule": "rules",
        "benefits.stacking": "rules",
        "benefits.telling": "rules",
        "benefits.service": "service",
        "benefits": "record",
        "account": "record",
    },
    "satisfaction": {
        "questionnaires.sheet": "rules",
        "questionnaires.trials": "trials",
        "questionnaires": "policy",
        "scores": "rules",
        "changes": "rules",
        "sampling": "rules",
        "weights": "rules",
        "importance": "rules",
        "reliability": "rules",
        "charts": "rules",
        "waves.kind": "policy",
        "waves.table": "policy",
        "waves.trials": "trials",
        "waves": "rules",
        "campaigns.kind": "policy",
        "campaigns.plan": "policy",
        "campaigns.table": "policy",
        "campaigns.waiting": "policy",
        "campaigns.asking": "rules",
        "campaigns.drawing": "rules",
        "campaigns.frame": "rules",
        "campaigns.trials": "trials",
        "campaigns.campaign_service": "service",
        "campaigns.contact_desk": "service",
        "campaigns.fieldwork": "service",
        "campaigns.service": "service",
        "campaigns": "record",
        "follow_up.kind": "policy",
        "follow_up.model": "policy",
        "follow_up.table": "policy",
        "follow_up.rule": "rules",
        "follow_up.service": "service",
        "follow_up.trials": "trials",
        "follow_up": "record",
        "voices.service": "service",
        "voices": "record",
    },
}
"""Rooms that were split off by noun, and folders of such → the room they belong to."""

OUTSIDE: Final = (
    "core.archive",
    "core.chain",
    "core.desk",
    "core.driver",
    "core.holds",
    "core.journal",
    "core.keys",
    "core.office",
    "core.quota",
    "core.record",
    "core.retention",
    "core.sweep",
)
"""What records need and rules must not know."""

MOST_LINES: Final = 400
LONGER: Final[Mapping[str, int]] = {
    # One protocol of asks, told once for commands, batches and runs.
    "core/desk.py": 535,
    # One port, all its promises kept in one place.
    "journals/memory.py": 415,
    "journals/statements.py": 410,
    # One file format, with all its faults.
    "core/policy_file.py": 430,
    # One list of the public names of more than thirty rules, with where each comes from.
    "satisfaction/__init__.py": 480,
    # One test for each promise, and one strategy for each value.
    "testing/contracts.py": 560,
    "testing/strategies.py": 700,
    "testing/cases.py": 420,
}
"""Modules past 400 lines, with the reason and the most they may grow to."""

HEAVY: Final = frozenset(
    {
        "alembic",
        "click",
        "cryptography",
        "django",
        "holidays",
        "hypothesis",
        "jinja2",
        "narwhals",
        "openpyxl",
        "polars",
        "psycopg",
        "pytest",
        "rich",
        "sqlalchemy",
        "vl_convert",
    }
)


def named(path: Path) -> str:
    """Return a module's name below the package, such as `core.money`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@lru_cache(maxsize=1)
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Yield what a module imports of this package, wherever in it: names below the package."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "bankservice":
            found = [f"bankservice.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or ""]
        else:
            continue
        yield from (
            name.removeprefix("bankservice.") for name in found if name.startswith("bankservice.")
        )


def by_name(paths: tuple[Path, ...] = MODULES) -> pytest.MarkDecorator:
    """Parametrize a test over modules."""
    return pytest.mark.parametrize("path", paths, ids=lambda path: named(path) or "bankservice")


# --- imports ------------------------------------------------------------------------------------


@by_name(tuple(path for path in MODULES if named(path)))
def test_imports_go_down(path: Path) -> None:
    """
    A module imports from floors below its own, or from its own package; never from another domain.
    """
    home = named(path).partition(".")[0]

    wrong = [
        name
        for name in imports(path)
        for there in [name.partition(".")[0]]
        if there != home and FLOORS[there] >= FLOORS[home]
    ]

    assert [] == wrong


def room(domain: str, name: str) -> int:
    """Return the ring of a room of a domain, by its name there; an unknown room is an error."""
    split = SPLIT.get(domain, {})
    found = split.get(name) or split.get(name.partition(".")[0], name)
    assert found in RINGS, f"{domain}/{name}.py is no room of the house; see docs, architecture"
    return RINGS.index(found)


@pytest.mark.parametrize("domain", policies.DOMAINS)
def test_rooms_import_inwards(domain: str) -> None:
    """
    Within a domain: model, then policy, then rules, then record, then service; and rules know no
    desk, no journal and no record.
    """
    wrong = []
    for path in (SOURCE / domain).rglob("*.py"):
        if path.stem == "__init__":
            continue
        home = named(path).partition(".")[2]
        ring = room(domain, home)
        for name in imports(path):
            there, _, rest = name.partition(".")
            if there == domain and rest and room(domain, rest) > ring:
                wrong.append((home, name))
            if ring <= RINGS.index("rules") and name.startswith(OUTSIDE):
                wrong.append((home, name))

    assert [] == wrong


@pytest.mark.parametrize(
    "statement", ["import bankservice", "from bankservice import segmentation"]
)
def test_import_is_light(statement: str) -> None:
    """
    An import loads neither a database, a terminal, a data-frame nor a testing library.
    """
    asked = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert set() == HEAVY & set(done.stdout.split())


# --- modules ------------------------------------------------------------------------------------


def test_no_module_without_a_noun() -> None:
    """
    No module or folder is called utils, helpers, common, manager or base.
    """
    banned = re.compile(r"(?:^|_)(utils?|helpers?|common|managers?|base|misc)(?:$|_)")

    assert [] == [
        named(path) for path in MODULES for part in named(path).split(".") if banned.search(part)
    ]


@by_name()
def test_modules_are_short(path: Path) -> None:
    """
    A module has at most 400 lines; a longer one is listed with its reason and its own limit.
    """
    most = LONGER.get(path.relative_to(SOURCE).as_posix(), MOST_LINES)

    assert len(path.read_text("utf-8").splitlines()) <= most


def declared(path: Path) -> list[str] | None:
    """Return the names in a module's `__all__`, or None where there is none that is literal."""
    for node in tree(path).body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            return list(ast.literal_eval(node.value))
    return None


def order(name: str) -> tuple[int, str]:
    """Return the sort key of a public name: constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


PUBLIC: Final = tuple(
    path for path in MODULES if path.stem != "__main__" and path.read_text("utf-8").strip()
)


@by_name(PUBLIC)
def test_public_names_are_listed(path: Path) -> None:
    """
    Every module has a literal `__all__`, sorted, each name once, and each name is there.
    """
    names = declared(path)
    assert names is not None
    module = import_module(f"bankservice.{named(path)}".rstrip("."))

    assert sorted(set(names), key=order) == names
    assert [] == [name for name in names if not hasattr(module, name)]


def undocumented(path: Path) -> Iterator[str]:
    """Yield the public functions, classes and methods of a module that have no docstring."""
    names = declared(path) or []
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            if ast.get_docstring(node) is None:
                yield node.name
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                if (
                    isinstance(part, ast.FunctionDef)
                    and not part.name.startswith("_")
                    and ast.get_docstring(part) is None
                ):
                    yield f"{node.name}.{part.name}"


@by_name()
def test_public_names_are_documented(path: Path) -> None:
    """
    Every function and class in a module's `__all__`, and every public method, has a docstring.
    """
    assert ast.get_docstring(tree(path)) or not path.read_text("utf-8").strip()
    assert [] == list(undocumented(path))


# --- decisions ----------------------------------------------------------------------------------

DECIDING: Final = tuple(
    path
    for path in MODULES
    if named(path).partition(".")[0] in ("core", "policies", *policies.DOMAINS)
)
CLOCKS: Final = frozenset({"monotonic", "now", "perf_counter", "time_ns", "today", "utcnow"})
# `difflib` wants its likeness as a float; it finds near names for messages. Models of purchases and
# spending are estimates, by logarithms and gamma functions; what leaves their rules is rounded.
FLOATS: Final = frozenset(
    {
        "core.errors",
        "core.mann_kendall",
        "core.quantiles",
        "core.simplex",
        "core.special",
        "lifecycle.prediction.bg_bb",
        "lifecycle.prediction.bg_nbd",
        "lifecycle.prediction.churn",
        "lifecycle.prediction.fitting",
        "lifecycle.prediction.gamma_gamma",
        "lifecycle.prediction.kind",
        "lifecycle.prediction.model",
        "lifecycle.prediction.purchase_models",
        "lifecycle.prediction.purchases",
        "lifecycle.prediction.spending",
        "lifecycle.prediction.value",
        "satisfaction.changes.effort_change",
        "satisfaction.changes.many_tests",
        "satisfaction.changes.net_change",
        "satisfaction.changes.paired",
        "satisfaction.changes.share_change",
        "satisfaction.changes.side_by_side",
        "satisfaction.changes.two_samples",
        "satisfaction.changes.units",
        "satisfaction.changes.verdicts",
        "satisfaction.charts.ewma_chart",
        "satisfaction.charts.nps_chart",
        "satisfaction.charts.p_chart",
        "satisfaction.charts.proportions",
        "satisfaction.charts.runs",
        "satisfaction.charts.score_trend",
        "satisfaction.charts.xmr_chart",
        "satisfaction.importance.columns",
        "satisfaction.importance.contrast",
        "satisfaction.importance.correlations",
        "satisfaction.importance.drivers",
        "satisfaction.importance.quadrants",
        "satisfaction.importance.ranks",
        "satisfaction.importance.shares",
        "satisfaction.model",
        "satisfaction.reliability.agreement",
        "satisfaction.reliability.alpha",
        "satisfaction.sampling.response",
        "satisfaction.sampling.sizes",
        "satisfaction.sampling.strata",
        "satisfaction.scores.answered",
        "satisfaction.scores.composite",
        "satisfaction.scores.dimensions",
        "satisfaction.scores.effort",
        "satisfaction.scores.intervals",
        "satisfaction.scores.promoters",
        "satisfaction.scores.quality",
        "satisfaction.scores.satisfied",
        "satisfaction.scores.small_units",
        "satisfaction.scores.strata",
        "satisfaction.scores.tally",
        "satisfaction.waves.cells",
        "satisfaction.waves.coding",
        "satisfaction.waves.columns",
        "satisfaction.waves.facts",
        "satisfaction.waves.items",
        "satisfaction.waves.joined",
        "satisfaction.waves.kind",
        "satisfaction.waves.measuring",
        "satisfaction.waves.respondents",
        "satisfaction.waves.rule",
        "satisfaction.waves.telling",
        "satisfaction.waves.units",
        "satisfaction.waves.weighing",
        "satisfaction.weights.capping",
        "satisfaction.weights.fit",
        "satisfaction.weights.kish",
        "satisfaction.weights.margins",
        "satisfaction.weights.respondents",
        "satisfaction.weights.trimming",
        "satisfaction.weights.weighting",
        "satisfaction.weights.worth",
    }
)
AMBIENT: Final = frozenset({"locale", "logging", "os", "random", "secrets", "time", "uuid"})


@by_name(tuple(path for path in MODULES if named(path) != "bank"))
def test_no_hidden_clock(path: Path) -> None:
    """
    No module reads a clock but the front door, which hands it on as a callable.
    """
    read = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr in CLOCKS
            or (
                node.func.attr == "time"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "time"
            )
        )
    ]

    assert [] == read


@by_name(DECIDING)
def test_nothing_ambient(path: Path) -> None:
    """
    Where decisions are made there is no randomness, locale, environment, clock or log.
    """
    found = [
        name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
        )
        if name in AMBIENT
    ]

    assert [] == found


@by_name(tuple(path for path in DECIDING if named(path) not in FLOATS))
def test_no_float(path: Path) -> None:
    """
    Where decisions are made there is no float: no literal, no type, but in a check that refuses it.
    """
    parsed = tree(path)
    refusing = {
        id(name)
        for node in ast.walk(parsed)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        for name in ast.walk(node)
    }

    found = [
        node.lineno
        for node in ast.walk(parsed)
        if (isinstance(node, ast.Name) and node.id == "float" and id(node) not in refusing)
        or (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
    ]

    assert [] == found


# --- rules --------------------------------------------------------------------------------------

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = policies.rules()
RECORDS: Final[tuple[Record[Any], ...]] = policies.records()
BY_RULE: Final = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@BY_RULE
def test_rule_is_documented(rule: Rule[Any, Any, Any]) -> None:
    """
    A rule's docstring begins with one sentence, has an example that runs, and says which day picks
    the version.
    """
    first, _, rest = rule.doc.partition("\n")

    assert re.fullmatch(r"[A-Z].*\.", first)
    assert f"{rule.id.partition('.')[2].replace('-', '_')}(" in rest.partition("Examples:")[2]
    assert rule.kind is None or "in force on `" in rest.partition("Examples:")[0]


def test_rules_have_docstrings_of_their_own() -> None:
    """
    No two rules share a docstring: copied text misleads.
    """
    assert len(RULES) == len({rule.doc for rule in RULES})


@BY_RULE
def test_rule_id(rule: Rule[Any, Any, Any]) -> None:
    """
    A rule is called `domain.kebab-case`, lives in its domain, and is public there by its own name.
    """
    domain, _, name = rule.id.partition(".")
    package = import_module(f"bankservice.{domain}")

    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert package.__name__ == rule.package
    assert rule is getattr(package, name.replace("-", "_"))


@BY_RULE
def test_facts_and_outcome_are_frozen(rule: Rule[Any, Any, Any]) -> None:
    """
    Facts and outcomes are frozen attrs values, so that a decision hashes and compares.
    """
    for kind in (rule.facts, rule.outcome):
        assert attrs.has(kind)
        assert kind.__setattr__ is not object.__setattr__


def sentences(package: str) -> Mapping[str, Mapping[str, str]]:
    """Return a package's sentences by locale, those of core behind them."""
    return {
        locale: {
            **wording.templates("bankservice.core", locale),
            **wording.templates(package, locale),
        }
        for locale in wording.LOCALES
    }


def said(domain: str) -> Iterator[Says]:
    """Yield every reason and check declared anywhere in a domain."""
    for path in (SOURCE / domain).rglob("*.py"):
        module = import_module(f"bankservice.{named(path)}")
        for held in vars(module).values():
            parts = held.values() if isinstance(held, dict) else held
            yield from (
                part
                for part in (parts if isinstance(parts, tuple | type({}.values())) else (held,))
                if isinstance(part, Says)
            )


@pytest.mark.parametrize("locale", wording.LOCALES)
@BY_RULE
def test_every_reason_is_worded(rule: Rule[Any, Any, Any], locale: str) -> None:
    """
    Every reason and check of a rule has a sentence in every locale, with exactly its facts.
    """
    held = sentences(rule.package)[locale]

    assert {says.code: frozenset(says.names) for says in rule.says} == {
        says.code: wording.placeholders(held[says.code]) for says in rule.says
    }


WHY: Final = (
    "no-account",
    "doubtful",
    "no-balance",
    "no-rate",
    "not-stated",
    "doubtful-measure",
    "left-out",
    "doubtful-activity",
    "not-seen",
    "no-version",
    "no-history",
    "gone",
)
"""Why a measure or a stage is not known: told by their codes in results, as a sentence in the report."""


@pytest.mark.parametrize("locale", wording.LOCALES)
def test_run_speaks(locale: str) -> None:
    """
    Whatever a run tells has a sentence in every locale with exactly its facts, every reason to
    reject a short one beside it, and no sentence is left over.
    """
    held = wording.templates("bankservice.run", locale)
    codes = {says.code: frozenset(says.names) for says in said("run")}
    short = {f"{code}-short" for code in codes if f"{code}-short" in held}
    why = {f"why-{code}" for code in WHY}
    checked = {f"checked-{word}" for word in ("text", "secondary", "own")}
    rejects = {
        says.code
        for name in (
            "lines",
            "rows",
            "rates",
            "register",
            "holdings",
            "complaint_rows",
            "complaint_acts",
            "points",
            "points_acts",
            "points_checks",
            "survey_intake",
            "survey_sheets",
        )
        for says in vars(import_module(f"bankservice.run.{name}")).values()
        if isinstance(says, Says)
    }

    assert set(WHY) <= set(codes)
    assert {f"{code}-short" for code in rejects} == short
    assert {code: names for code, names in codes.items() if code not in WHY} == {
        code: wording.placeholders(text)
        for code, text in held.items()
        if code not in short | why | checked
    }
    assert why | checked <= set(held)


@pytest.mark.parametrize("domain", policies.DOMAINS)
def test_every_sentence_is_said(domain: str) -> None:
    """
    Both locales word the same codes, and no sentence is left over that nothing says.
    """
    package = f"bankservice.{domain}"
    english, chinese = (set(wording.templates(package, locale)) for locale in wording.LOCALES)

    assert english == chinese
    assert english - {says.code for says in said(domain)} == set()


def test_core_sentences_agree() -> None:
    """
    The sentences of core are the same in both locales, with the same facts.
    """
    english, chinese = (
        {
            code: wording.placeholders(text)
            for code, text in wording.templates("bankservice.core", locale).items()
        }
        for locale in wording.LOCALES
    )

    assert english == chinese


@cache
def asked() -> frozenset[str]:
    """Return what the case tables of the tests ask; those that are no TOML on purpose ask nothing."""
    found = set[str]()
    for path in sorted(CASES.rglob("*.toml")):
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError:
            continue
        if isinstance(table.get("case"), list):
            found.add(table.get("rule") or table["record"])
    return frozenset(found)


@pytest.mark.parametrize("name", [rule.id for rule in RULES] + [record.kind for record in RECORDS])
def test_every_rule_is_covered_by_a_case(name: str) -> None:
    """
    Every rule and record is asked by a case table under `tests/cases`.
    """
    assert name in asked()


# --- policies -----------------------------------------------------------------------------------


def sources(value: Any, where: str) -> Iterator[tuple[str, Citation]]:
    """Yield the citations in a part of a version, at any depth."""
    if isinstance(value, Citation):
        yield where, value
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            name = getattr(part, "code", None) or getattr(part, "name", None) or place
            yield from sources(part, f"{where} {name}")
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from sources(getattr(value, field.name), where)


def cited() -> Iterator[tuple[str, Citation]]:
    """Yield every citation of the shipped policies, of versions and of their rows."""
    for policy_id in policies.shelf().shipped():
        for version in policies.load(policy_id).versions:
            where = f"{policy_id}@{version.since}"
            yield where, version.source
            yield from sources(version.written, where)


CITED: Final = tuple(cited())


@pytest.mark.parametrize(("where", "source"), CITED, ids=[where for where, _ in CITED])
def test_citations_are_complete(where: str, source: Citation) -> None:
    """
    A shipped number names the document, the clause, the address and the day it was last compared;
    a document without an address of its own names its page in the rule book.
    """
    assert source.checked in ("text", "secondary"), f"{where} cites the bank's own paper"
    assert source.text
    assert source.clause
    assert source.read_on is not None
    assert source.url


@pytest.mark.parametrize("policy_id", policies.shelf().shipped())
def test_shipped_policies_are_titled_in_both_languages(policy_id: str) -> None:
    """
    A shipped policy has an English and a Chinese title of its own, and its id is its file's place.
    """
    policy = policies.load(policy_id)

    assert policy_id == policy.id
    assert re.search("[\u4e00-\u9fff]", policy.title.zh)
    assert policy.title.en.isascii()


# --- promises -----------------------------------------------------------------------------------


def promises(port: type[Any]) -> list[str]:
    """Return the bullets under "Promises:" in a protocol's docstring, each in one line."""
    text = (inspect.getdoc(port) or "").partition("Promises:")[2]
    return [" ".join(bullet.split()) for bullet in re.split(r"^\* ", text, flags=re.MULTILINE)[1:]]


def proved(contract: type[Any]) -> list[str]:
    """Return the docstrings of a contract's tests, in the order they stand."""
    return [
        " ".join((inspect.getdoc(test) or "").split())
        for name, test in vars(contract).items()
        if name.startswith("test_")
    ]


@pytest.mark.parametrize(
    ("port", "contract"),
    [
        (Archive, ArchiveContract),
        (Journal, JournalContract),
        (Keys, KeysContract),
        (Quota, QuotaContract),
    ],
    ids=["archive", "journal", "keys", "quota"],
)
def test_every_promise_has_its_test(port: type[Any], contract: type[Any]) -> None:
    """
    A port's promises and the tests of its contract are the same sentences, in the same order.
    """
    assert promises(port)
    assert promises(port) == proved(contract)


# --- project ------------------------------------------------------------------------------------

TEXTS: Final = frozenset({".cfg", ".css", ".md", ".po", ".py", ".toml", ".yml", ".yaml", ""})
FOLDERS: Final = (".ci", "benchmarks", "changelog.d", "docs", "examples", "src", "tests")


def texts() -> Iterator[Path]:
    """Yield the text files of the project."""
    yield from (
        path
        for path in ROOT.iterdir()
        if path.is_file() and path.suffix in TEXTS and not path.name.startswith(".coverage")
    )
    for folder in FOLDERS:
        yield from (
            path
            for path in sorted((ROOT / folder).rglob("*"))
            if path.is_file()
            and path.suffix in TEXTS
            and not {"__pycache__", "generated", "node_modules"} & set(path.parts)
        )


def test_no_machine_in_the_project() -> None:
    """
    No file names a folder of somebody's machine or the host of a package registry.
    """
    folders = "|".join(("work", "tmp", "root", "home", "Users"))
    hosts = "|".join(("py" + r"pi\.", "pythonh" + r"osted\.", "arti" + "factory", "index" + "-url"))
    machine = re.compile(rf"(?<![\w.$}}\])/])/(?:{folders})/|\b(?:{hosts})")

    assert [] == [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in texts()
        for found in [machine.search(path.read_text("utf-8"))]
        if found
    ]


def test_readme_commands() -> None:
    """
    The README's two commands stand in its shell blocks as they are: install and run the demo, then
    install and test.
    """
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )

    assert [
        'pip install ".[run]" && bankservice demo',
        'pip install -e ".[test]" && python -m pytest -q',
    ] == [line for block in blocks for line in block.splitlines()]


def requirements(lines: list[str]) -> list[str]:
    """Return the names of required packages, those of this project's own extras left out."""
    names = (re.split(r"[<>=\[]", line)[0] for line in lines)
    return [name for name in names if name != "bankservice"]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_dependency_is_explained(locale: str) -> None:
    """
    The dependencies page names every base dependency and every extra, and no other.
    """
    page = (DOCS / locale / "explanation" / "dependencies.md").read_text("utf-8")
    base, extras = re.findall(r"^\|---.*?\n((?:\|.*\n)+)", page, re.MULTILINE)[:2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert sorted(requirements(project["dependencies"])) == sorted(
        re.findall(r"^\| (\S+) \|", base, re.MULTILINE)
    )
    assert list(project["optional-dependencies"]) == re.findall(
        r"^\| `(\S+)` \|", extras, re.MULTILINE
    )


def functions_of(path: Path) -> Iterator[ast.FunctionDef]:
    """Yield the test functions of a file, those in classes too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_says_what_must_hold() -> None:
    """
    Every test has a docstring, and none is skipped or expected to fail.
    """
    suites = sorted((SOURCE / "testing").glob("*contract*.py"))
    files = [*sorted((ROOT / "tests").rglob("test_*.py")), *suites]
    silent = [
        f"{path.name}:{test.lineno} {test.name}"
        for path in files
        for test in functions_of(path)
        if ast.get_docstring(test) is None
    ]
    left_out = re.compile(r"\bpytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")

    assert [] == silent
    # Real data may not be part of the repository, so `real_data.py` may leave its tests out; CI
    # fails all the same.
    assert [] == [path.name for path in files if left_out.search(path.read_text("utf-8"))]
