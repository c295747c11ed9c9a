"""
The documentation tells the truth: its code runs, and both languages say the same.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import pkgutil
import re
import shlex
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import generate
import pytest
from book import bilingual, book_places, formulas, labels, reference
from click.testing import CliRunner
from effort import chosen_profile

from bankservice import policies, run
from bankservice.calendars.regions import Region, regions
from bankservice.cli.commands import cli
from bankservice.complaints.regimes.telling import amount_told
from bankservice.core import policy_file
from bankservice.core.citation import Citation
from bankservice.core.decision import Rule, Says
from bankservice.core.policy import Kind
from bankservice.core.record import Record
from bankservice.run import PARTS, tables
from bankservice.run.as_of import _Range
from bankservice.run.plan import Extract, Top, _Written
from bankservice.satisfaction import rules as satisfaction_rules
from bankservice.testing import cases

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GENERATED = ("changelog.md", "reference/generated/")
FENCE = re.compile(r"^```(?P<language>\w*)(?P<rest>.*)$")
TITLE = re.compile(r'title="([^"]+)"')


@attrs.frozen
class Block:
    """
    A fenced block: its language, title, text, the line it starts on, and the output shown for it.
    """

    language: str
    title: str
    text: str
    line: int
    output: str | None


def pages(locale: str) -> tuple[str, ...]:
    """
    Return the paths of the written pages of one language, below its folder.
    """
    folder = DOCS / locale
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    return tuple(sorted(path for path in paths if not path.startswith(GENERATED)))


def blocks(page: Path) -> tuple[Block, ...]:
    """
    Return the fenced blocks of *page*.

    A `text` block with nothing but blank lines between it and the block before
    is the output of that block.
    """
    found: list[Block] = []
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), start=1))
    adjacent = False
    for number, line in lines:
        match = FENCE.match(line)
        if match is None:
            adjacent = adjacent and not line.strip()
            continue
        text = "\n".join(body(lines))
        if match["language"] == "text" and adjacent:
            found[-1] = attrs.evolve(found[-1], output=text)
            adjacent = False
            continue
        title = TITLE.search(match["rest"])
        found.append(Block(match["language"], title[1] if title else "", text, number + 1, None))
        adjacent = True
    return tuple(found)


def body(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    """
    Take lines up to the end of a fence.
    """
    for _, line in lines:
        if line.rstrip() == "```":
            return
        yield line


def expectations(source: str) -> dict[int, object]:
    """
    Return, by line, the values that trailing comments of *source* promise.

    Only a comment that is a Python literal is a promise: `tier  # 'GOLD'`.
    """
    found: dict[int, object] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            with contextlib.suppress(ValueError, SyntaxError):
                found[token.start[0]] = ast.literal_eval(token.string.lstrip("# "))
    return found


def run_python(block: Block, page: Path, namespace: dict[str, object]) -> str:
    """
    Run *block* in *namespace*, compare the values its comments promise, return what it prints.
    """
    source = "\n" * (block.line - 1) + block.text
    wanted = expectations(source)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Expr) and statement.end_lineno in wanted:
                expression = ast.Expression(statement.value)
                value = eval(compile(expression, str(page), "eval"), namespace)
                assert wanted[statement.end_lineno] == value, f"{page}:{statement.lineno}"
            else:
                module = ast.Module([statement], type_ignores=[])
                exec(compile(module, str(page), "exec"), namespace)
    return printed.getvalue()


def run_commands(block: Block) -> str:
    """
    Run the lines of *block* that call `bankservice` in this process, and return what they print.
    """
    printed = ""
    for line in block.text.splitlines():
        if line.startswith("bankservice "):
            arguments = shlex.split(line, comments=True)[1:]
            done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
            assert 0 == done.exit_code, f"{line}\n{done.output}"
            printed += done.stdout
    return printed


LONG = () if chosen_profile() != "brief" else ("tutorial/a-day-of-a-bank.md",)
"""Pages that take most of a minute: the banks they plant are run elsewhere as well."""
RUN = (ROOT / "README.md", *(DOCS / "en" / path for path in pages("en") if path not in LONG))


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The blocks of a page run in order, in one namespace, and print what the page shows.

    A block with a title is written to the file of that name first. Of the shell
    lines, those that call `bankservice` run; the README's are run by CI as
    written.
    """
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        if block.title:
            Path(block.title).write_text(block.text + "\n", "utf-8")
        if block.language == "python":
            printed = run_python(block, page, namespace)
        elif block.language == "sh" and page.name != "README.md":
            printed = run_commands(block)
        else:
            continue

        if block.output is not None:
            assert block.output.strip() == printed.strip(), f"{page}:{block.line}"


def test_every_page_has_its_twin() -> None:
    """
    Each English page has a Chinese one at the same path, and the other way round.
    """
    assert pages("en") == pages("zh")


@pytest.mark.parametrize("path", pages("en"))
def test_twins_carry_the_same_code(path: str) -> None:
    """
    A Chinese page carries the code of its English twin, word for word.

    Output and diagrams are `text`, and may be in the page's own language.
    """
    english, chinese = (
        [
            (block.language, block.title, block.text)
            for block in blocks(DOCS / locale / path)
            if block.language != "text"
        ]
        for locale in ("en", "zh")
    )

    assert english == chinese


def test_tutorial_writes_the_example() -> None:
    """
    The policy of the tutorial is the one in `examples`, letter for letter.
    """
    written = {block.title: block.text for block in blocks(DOCS / "en/tutorial/tiers.md")}
    name = "acme-tiers.policy.toml"

    assert (ROOT / "examples/acme" / name).read_text("utf-8").strip() == written[name]


def test_extract_examples_are_read(tmp_path: Path) -> None:
    """
    Every `[[extract]]` that the how-to page shows is one that a plan may hold.
    """
    shown = [b for b in blocks(DOCS / "en/how-to/map-your-extracts.md") if b.language == "toml"]
    for block in shown:
        if block.title:
            (tmp_path / block.title).write_text(block.text, "utf-8")
    plan = tmp_path / "bank.toml"
    head = plan.read_text("utf-8").partition("[[extract]]")[0]
    extracts = [b.text for b in shown if not b.title and "[[extract]]" in b.text]

    assert extracts
    for text in extracts:
        plan.write_text(head + text, "utf-8")
        assert text.count("[[extract]]") == len(run.plan(plan).extracts)


def test_examples_pass() -> None:
    """
    Every case of the examples passes, and there are some.
    """
    report = cases.run([ROOT / "examples"])

    assert [] == [str(result) for result in report.results if not result.passed]
    assert report.passed


def test_named_tests_are_there() -> None:
    """
    Every test that the page of scores names, as what keeps a fault out, stands in a test file.
    """
    page = (DOCS / "en/explanation/satisfaction-scores.md").read_text("utf-8")
    named = set(re.findall(r"`(Test\w+)\.(test_\w+)`", page))
    there = {
        (held.name, part.name)
        for path in (ROOT / "tests/satisfaction").glob("test_*.py")
        for held in ast.parse(path.read_text("utf-8")).body
        if isinstance(held, ast.ClassDef)
        for part in held.body
        if isinstance(part, ast.FunctionDef)
    }

    assert named
    assert set() == named - there


# --- the generated reference --------------------------------------------------------------------

REFERENCE = reference.collect()
PAGES = generate.book()


def spoken(value: object, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """
    Yield every text in both languages that a value holds, with the way to it.
    """
    if isinstance(value, dict) and set(value) == set(reference.LOCALES):
        yield path, value
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from spoken(part, f"{path}[{index}]")
    elif attrs.has(type(value)):
        name = getattr(value, "id", None) or getattr(value, "name", "")
        for field in attrs.fields(type(value)):  # type: ignore[arg-type] # it is one, asked above
            part = getattr(value, field.name)
            yield from spoken(part, f"{path}.{field.name}({name})")


def has_words(text: str) -> bool:
    """
    Tell whether a text says something beyond the facts it names, such as `{row}`.
    """
    return not text or bool(re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", text)))


def test_reference_speaks_both_languages() -> None:
    """
    Every meaning, title and sentence in the reference is there in English and in Chinese; what has
    no Chinese yet is named, and goes into `docs/book/words.toml`.
    """
    silent = [
        path
        for path, text in spoken(REFERENCE, "reference")
        if ".type(" not in path
        and ".versions(" not in path
        # What a policy says, such as a code, may be the same in both.
        and not re.search(r"\.histories\(.*\.value\(", path)
        and not (".unit(" in path and not text["en"])
        and (not text["en"] or not re.search("[\u4e00-\u9fff]", text["zh"]))
        and has_words(text["en"])
    ]

    assert [] == silent


def test_words_are_of_what_there_is() -> None:
    """
    `docs/book/words.toml` has no words for rules, records, refusals, kinds, domains or places that are
    gone.
    """
    there = {
        "domain": set(policies.DOMAINS),
        "kind": {kind.name for kind in policies.kinds()},
        "record": {record.kind for record in policies.records()},
        "refusal": {f"{r.kind}/{code.value}" for r in policies.records() for code in r.refusals},
        "rule": {rule.id for rule in policies.rules()},
        "because": {place.because for place in regions()},
    }
    words = bilingual.written_words()

    assert [] == [name for part, names in there.items() for name in set(words[part]) - names]


def test_reference_has_every_key_of_a_version() -> None:
    """
    The keys that all policy versions share are those the reader of policy files knows.
    """
    known = {field.name for field in attrs.fields(policy_file.VersionHead)}

    assert known == set(reference.head_keys())


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("rule", policies.rules(), ids=lambda rule: rule.id)
def test_every_rule_is_in_the_reference(rule: Rule[Any, Any, Any], locale: str) -> None:
    """
    Every rule has a page that names all its facts, its outcome's parts, its reasons, and the tables
    that cover it; the list and the domain's index link to it.
    """
    page = PAGES[locale][f"reference/generated/rules/{rule.id}.md"]
    told = policies.describe(rule)
    names = [*told["facts"], *told["outcome"], *told["reasons"]]

    assert [] == [name for name in names if f"`{name}`" not in page]
    assert f"(rules/{rule.id}.md)" in PAGES[locale]["reference/generated/rules.md"]
    assert f"(rules/{rule.id}.md)" in PAGES[locale]["reference/generated/domains.md"]


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("record", policies.records(), ids=lambda record: record.kind)
def test_every_record_is_in_the_reference(record: Record[Any], locale: str) -> None:
    """
    Every record has a page with its commands and entries, and its refusals in order of precedence.
    """
    page = PAGES[locale][f"reference/generated/records/{record.kind}.md"]
    order = [str(code.value) for code in record.refusals]

    assert [] == [name for name in record.commands if f"### `{name}`" not in page]
    assert [] == [kind for kind in record.events.kinds if f"| `{kind}` |" not in page]
    assert order == re.findall(r"^\| \d+ \| `(\S+)` \|", page, re.MULTILINE)


def sources(value: object) -> Iterator[Citation]:
    """
    Yield every source that a policy version as written names, its rows' own among them.
    """
    if isinstance(value, Citation):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from sources(part)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):  # type: ignore[arg-type] # it is one, asked above
            yield from sources(getattr(value, field.name))


def page_of(policy_id: str, locale: str) -> str:
    """
    Return the page that shows a policy.
    """
    return PAGES[locale][f"reference/generated/{labels.policy_page_of(policy_id)}"]


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", policies.shelf().shipped())
def test_every_policy_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    Every shipped policy has a page with the digest, the days and the source of every version, with
    the address of every row's own source, and says so where only a description was read.
    """
    page = page_of(policy_id, locale)
    unchecked = {
        "en": "(a description was read, not the rule's own text)",
        "zh": "（未核对原文）",
    }[locale]
    versions = policies.load(policy_id).versions
    held = [s for v in versions for s in (v.source, *sources(v.written))]

    for version in versions:
        source = version.source
        for wanted in (version.ref.digest, str(version.since), str(version.ref.known_on)):
            assert wanted in page
        for part in (source.issuer, source.text, source.number, source.clause):
            assert part in page
    linked = {source.url: book_places.source_address(source, "../../../") for source in held}
    assert [] == [url for url, address in linked.items() if f"]({address})" not in page]
    assert (unchecked in page) == any(source.checked == "secondary" for source in held)


REGIMES = tuple(
    policy_id
    for policy_id in policies.shelf().shipped()
    if policies.load(policy_id).kind.name == "complaints.regime"
)


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", REGIMES)
def test_every_clock_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    The page of a regime has, in every version, each clock with each of its terms, what must be
    sent, the limits and reasons of extensions, the ways on and the records to keep.
    """
    sections = re.split("^## ", page_of(policy_id, locale), flags=re.MULTILINE)[1:]
    for version, section in zip(reversed(policies.load(policy_id).versions), sections, strict=True):
        written = version.written
        clocks = [clock.name for clock in written.clock]
        amounts = [
            getattr(amount_told(term), locale)
            for clock in version.parameters.clocks
            for term in clock.terms
        ]
        moved = [extension for clock in written.clock for extension in clock.extension]
        listed = [
            *(code for clock in written.clock for code in clock.sends),
            *(code for held in moved for code in (*held.sends, *held.reasons, *held.approvals)),
            *(held.to for held in moved if held.to),
            *(way.code for way in written.way_on),
            *(kept.what for kept in written.keep),
            *(pause.reason for pause in written.pause),
        ]

        assert str(version.since) in section
        assert [] == [name for name in clocks if f"| `{name}` |" not in section]
        assert [] == [amount for amount in amounts if amount not in section]
        assert [] == [code for code in listed if f"`{code}`" not in section]


POINTS = tuple(
    policy_id
    for policy_id in policies.shelf().shipped()
    if policies.load(policy_id).kind.name in ("loyalty.offers", "loyalty.programme")
)


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", POINTS)
def test_every_row_of_points_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    The page of a programme or of offers has, in every version, each row with its title, and each
    category code, rate and limit of these rows.
    """
    sections = re.split("^## ", page_of(policy_id, locale), flags=re.MULTILINE)[1:]
    for version, section in zip(reversed(policies.load(policy_id).versions), sections, strict=True):
        written = version.written
        rows = [
            row
            for field in attrs.fields(type(written))
            if isinstance(getattr(written, field.name), tuple)
            for row in getattr(written, field.name)
            if attrs.has(type(row))
        ]
        titles = [row.title for row in rows if row.title is not None]
        told = [
            *(f"`{row.code}`" for row in rows),
            *(code for row in rows for code in getattr(row, "mcc", ())),
            *(title.zh if locale == "zh" else title.en for title in titles),
            *(f"{row.points} " for row in getattr(written, "earn", ())),
            *(f"{row.limit:,} " for row in getattr(written, "cap", ())),
            *(f"{row.basis_points} " for row in getattr(written, "offer", ()) if row.basis_points),
        ]

        assert str(version.since) in section
        assert [] == [name for name in told if name not in section]


CUSTOMERS = tuple(
    policy_id
    for policy_id in policies.shelf().shipped()
    if policies.load(policy_id).kind.name
    in (
        "facts.register",
        "lifecycle.account-dormancy",
        "lifecycle.outlook",
        "lifecycle.stages",
        "lifecycle.treatments",
        "satisfaction.follow-up",
        "satisfaction.items",
        "satisfaction.sampling-plan",
        "segmentation.entitlements",
        "segmentation.groups",
        "segmentation.wealth-classes",
    )
)


def rows_in(written: object) -> Iterator[Any]:
    """
    Yield every row of a policy version as written, rows of rows among them.
    """
    if isinstance(written, tuple):
        for row in written:
            if attrs.has(type(row)) and hasattr(row, "code"):
                yield row
            yield from rows_in(row)
    elif attrs.has(type(written)) and not isinstance(written, Citation):
        for field in attrs.fields(type(written)):  # type: ignore[arg-type] # it is one, asked above
            yield from rows_in(getattr(written, field.name))


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", CUSTOMERS)
def test_every_row_about_customers_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    The page of a policy about who a customer is, where they stand and what follows has, in every
    version, each row, limb and duty with its title.
    """
    sections = re.split("^## ", page_of(policy_id, locale), flags=re.MULTILINE)[1:]
    for version, section in zip(reversed(policies.load(policy_id).versions), sections, strict=True):
        rows = list(rows_in(version.written))
        titles = [row.title for row in rows if getattr(row, "title", None) is not None]
        told = [
            *(f"`{row.code}`" for row in rows),
            *(title.zh if locale == "zh" else title.en for title in titles),
        ]

        assert rows
        assert str(version.since) in section
        assert [] == [name for name in told if name not in section]


QUESTIONNAIRES = tuple(
    policy_id
    for policy_id in policies.shelf().shipped()
    if policies.load(policy_id).kind.name == "satisfaction.questionnaire"
)


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("policy_id", QUESTIONNAIRES)
def test_every_question_is_in_the_reference(policy_id: str, locale: str) -> None:
    """
    The page of a questionnaire has every question in the words customers read, in its order.
    """
    page = page_of(policy_id, locale)
    for version in policies.load(policy_id).versions:
        asked = version.parameters.sheets[-1].questions.values()
        words = [held.item.row.text.of(locale) for held in asked]
        places = [
            page.find(f"| {text} | `{held.code}` |")
            for text, held in zip(words, asked, strict=True)
        ]

        assert -1 not in places
        assert sorted(places) == places


def test_formulas_are_of_rules_that_reckon() -> None:
    """
    Each formula is of a rule that there is; every rule of satisfaction without a policy has one.
    """
    named = formulas.named()
    reckoning = {rule.id for rule in satisfaction_rules.RULES if rule.kind is None}

    assert [] == sorted(set(named) - {rule.id for rule in policies.rules()})
    assert [] == sorted(reckoning - set(named))


@pytest.mark.parametrize("rule_id", formulas.named())
@pytest.mark.parametrize("locale", reference.LOCALES)
def test_formulas_are_shown(rule_id: str, locale: str) -> None:
    """
    The page of a rule has its formulas, each with what it says in the page's language.
    """
    page = PAGES[locale][f"reference/generated/rules/{rule_id}.md"]
    for says, tex in formulas.formulas_of(rule_id):
        assert f"{says[locale]}\n\n```math\n{tex}\n```" in page
        assert re.search("[\u4e00-\u9fff]", says["zh"])


def test_codes_of_law_are_said_in_chinese() -> None:
    """
    Every code of a shipped regime that people read has its Chinese; what has none goes into
    `docs/book/words.toml`, under `said`.
    """
    names = ("sends", "stops_on", "reasons", "approvals", "notice", "what", "since", "needs")
    rows = [
        row
        for policy_id in REGIMES
        for version in policies.load(policy_id).versions
        for clock in version.written.clock
        for row in (clock, *clock.extension, *version.written.way_on, *version.written.keep)
    ]
    held = [getattr(row, name) for row in rows for name in names if hasattr(row, name)]
    codes = {code for found in held for code in ((found,) if isinstance(found, str) else found)}

    assert [] == sorted(code for code in codes - {""} if not labels.has_words(code))


WEEKDAYS = {"en": "Mon Tue Wed Thu Fri Sat Sun", "zh": "周一 周二 周三 周四 周五 周六 周日"}


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("place", regions(), ids=lambda place: place.id)
def test_every_holiday_is_in_the_reference(place: Region, locale: str) -> None:
    """
    The page of a place has each year it knows, and below it each day of the last list known of that
    year, with its weekday and name; the list of places links to it.
    """
    page = PAGES[locale][f"reference/generated/calendars/{place.id}.md"]
    years = dict(re.findall(r"^## (\d{4}) [^\n]*\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL))
    holidays = policies.load(place.holidays_id)
    last = {version.since.year: version.parameters for version in holidays.versions}

    assert {str(year) for year in last} == set(years)
    for year, table in last.items():
        for day in (*table.days, *table.make_up):
            on, weekday = day.on, WEEKDAYS[locale].split()[day.on.weekday()]
            said = f"{on.day} {on:%b}" if locale == "en" else f"{on.month}月{on.day}日"
            row = f"| {said} | {weekday} | {'**' if day in table.make_up else ''}{day.name.of(locale)}"

            assert row in years[str(year)]
    assert f"(calendars/{place.id}.md)" in PAGES[locale]["reference/generated/calendars.md"]


@pytest.mark.parametrize(
    ("place", "row"),
    [
        ("gb-eng", "| 19 Sep | Mon | State Funeral of Queen Elizabeth II (known on: 2022-09-10) |"),
        (
            "cn",
            "*Working day made up for the Spring Festival* (taken back, known on: 2020-01-27) |",
        ),
    ],
)
def test_what_was_announced_late_is_told(place: str, row: str) -> None:
    """
    A day that became known after the list of its year says when, and so does one that was taken
    back.
    """
    assert row in PAGES["en"][f"reference/generated/calendars/{place}.md"]


@pytest.mark.parametrize("locale", reference.LOCALES)
@pytest.mark.parametrize("kind", policies.kinds(), ids=lambda kind: kind.name)
def test_every_key_is_in_the_reference(kind: Kind[Any, Any], locale: str) -> None:
    """
    Every kind of policy has a page that names all its keys.
    """
    page = PAGES[locale][f"reference/generated/kinds/{kind.name}.md"]

    assert [] == [
        field.name for field in attrs.fields(kind.schema) if f"| `{field.name}` |" not in page
    ]


@pytest.mark.parametrize("locale", reference.LOCALES)
def test_every_code_is_in_the_reference(locale: str) -> None:
    """
    The vocabulary page has every code of every shared tree, with both titles.
    """
    page = PAGES[locale]["reference/generated/vocabulary.md"]

    assert REFERENCE.trees
    for tree in REFERENCE.trees:
        for code in policies.load(tree.id).versions[-1].parameters.values():
            assert f"`{code.code}` | {code.title.en} | {code.title.zh} |" in page


REPORTS = (
    "complaint_alarms",
    "complaint_report",
    "complaint_words",
    "groups_report",
    "outlook_report",
    "overview",
    "points_liability",
    "points_report",
    "stages_care_report",
    "stages_report",
    "survey_course",
    "survey_importance",
    "survey_report",
    "survey_units",
    "survey_words",
    "tiers_report",
    "whatif_report",
)
"""Modules of the main job whose sentences stand in the report only."""


@pytest.mark.parametrize("locale", reference.LOCALES)
def test_the_main_job_is_in_the_reference(locale: str) -> None:
    """
    The page of runs has every key of `bank.toml`, every table with its columns, every code a row is
    rejected or a measure unknown for, and every column of a result.
    """
    page = PAGES[locale]["reference/generated/run.md"]
    told = (Top, _Range, Extract, _Written, *(kind.told for kind in PARTS.values()))
    keys = [field.name for kind in told for field in attrs.fields(kind)]
    columns = [column.name for table in tables.TABLES.values() for column in table.columns]
    codes = [
        said.code
        for module in pkgutil.iter_modules(run.__path__)
        if module.name not in REPORTS
        for said in vars(importlib.import_module(f"bankservice.run.{module.name}")).values()
        if isinstance(said, Says)
    ]

    assert [] == [f for f in (*keys, *columns, *codes) if f"| `{f}` |" not in page]
    assert [] == [table for table in tables.TABLES if f"### `{table}`" not in page]
