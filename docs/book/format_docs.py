"""
The forms of files: their keys, an example that is really there or really made, their schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from typing import Any, Final

import attrs
from book.bilingual import DOCS, NOTHING, Titles, both, spoken
from book.docstrings import attributes_of
from book.field_docs import FieldDoc, PartDoc, fields_of

from bankservice import policies
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import AgendaItem, Entry, KeptVersion, Receipt, Stream
from bankservice.core.policy import Policy
from bankservice.core.policy_file import Head, VersionHead
from bankservice.core.record import Command
from bankservice.journals.exchange import export
from bankservice.journals.memory import MemoryJournal
from bankservice.schemas import schema
from bankservice.testing import cases
from bankservice.testing.case_forms import Row, Scenario, Step, Table

__all__ = ["FormatDoc", "format_docs"]

ROOT: Final = DOCS.parent
_TEXT: Final = both("text", "文本")


@attrs.frozen(kw_only=True)
class FormatDoc:
    """
    One form of file.

    Attributes:
        name: Name of its page.
        title: What it is called.
        about: What it is for.
        parts: Its tables with their keys.
        language: Of the example: `toml` or `json`.
        place: File of the repository the example is; empty where it was made.
        example: The text of the example.
        schemas: Names of its schemas.
        further: What else there is to say of its schemas.
    """

    name: str
    title: Titles
    about: Titles
    parts: tuple[PartDoc, ...]
    language: str
    place: str = ""
    example: str
    schemas: tuple[str, ...]
    further: Titles = NOTHING


@cache
def format_docs() -> tuple[FormatDoc, ...]:
    """Return the forms of files, in the order somebody meets them."""
    return (_policy_file(), _case_table(), _scenario(), _decision(), _export())


def _file(place: str) -> str:
    return (ROOT / place).read_text("utf-8").rstrip()


_TYPES: Final = {
    "case": both("tables `[[case]]`", "若干表 `[[case]]`"),
    "step": both("tables `[[case.step]]`", "若干表 `[[case.step]]`"),
    "version": both("tables `[[version]]`", "若干表 `[[version]]`"),
    "facts": both("table", "表"),
    "at": both("instant or date", "时刻或日期"),
}
"""How keys are written whose type in the code is wider."""


def _said(name: str, kind: type[Any], without: tuple[str, ...] = ()) -> PartDoc:
    """Return a table of keys, but for some."""
    told = (field for field in fields_of(kind) if field.name not in without)
    return PartDoc(name, NOTHING, tuple(map(_typed, told)))


def _said_of(english: str) -> Titles:
    return spoken("format", english, english)


def _typed(field: FieldDoc) -> FieldDoc:
    meaning = field.meaning
    if meaning["zh"] == meaning["en"]:
        meaning = _said_of(meaning["en"])
    return attrs.evolve(field, type=_TYPES.get(field.name, field.type), meaning=meaning)


def _head() -> PartDoc:
    """Return the keys of every version, in the words of the pages of kinds."""
    told = (
        attrs.evolve(field, meaning=spoken("head", field.name, field.meaning["en"]))
        for field in fields_of(VersionHead)
    )
    return PartDoc("[[version]]", NOTHING, tuple(told))


def _policy_file() -> FormatDoc:
    place = "examples/acme/acme-tiers.policy.toml"
    return FormatDoc(
        name="policy-file",
        title=both("Policy file", "政策文件"),
        about=both(
            "Dated, cited parameters, `*.policy.toml`. Below the keys of every version stand those of its kind: see [policy keys](../kinds.md).",
            "带日期与出处的参数，`*.policy.toml`。除各版本共有的键外，每个种类另有自己的键：见[政策键](../kinds.md)。",
        ),
        parts=(_said("*.policy.toml", Head), _head()),
        language="toml",
        place=place,
        example=_file(place),
        schemas=("policy", "segmentation.tiers.policy"),
        further=both(
            "There is one for each kind, named `<kind>.policy`; its page links it.",
            "每个种类各有一个，名为 `<种类>.policy`，在该种类的页面上有链接。",
        ),
    )


def _case_table() -> FormatDoc:
    place = "examples/acme/acme-bands.toml"
    return FormatDoc(
        name="case-table",
        title=both("Case table of a rule", "规则的案例表"),
        about=both(
            "Facts and what a rule must answer, as data. `bankservice check` runs it. Tables match partially, lists in length and order, numbers as numbers, instants as instants.",
            "以数据写明事实与规则应有的结论，由 `bankservice check` 运行。表只比较写出的部分；列表的长度与顺序须一致；数字按数值比较，时刻按时点比较。",
        ),
        parts=(
            _said("*.toml", Table, ("record",)),
            _said("[[case]]", Row),
        ),
        language="toml",
        place=place,
        example=_file(place),
        schemas=("case-table", "segmentation.tier-band.cases"),
        further=both(
            "There is one for each rule, named `<rule>.cases`, which knows its facts.",
            "每条规则各有一个，名为 `<规则>.cases`，其中包含该规则的事实。",
        ),
    )


def _scenario() -> FormatDoc:
    place = "examples/acme/acme-standing.toml"
    body = FieldDoc(
        "with",
        both("table", "表"),
        "",
        both(
            "The body of the command: its keys are those of the command.",
            "指令的内容：键为该指令的键。",
        ),
        False,
    )
    step = list(_said("", Step).fields)
    step.insert(2, body)
    return FormatDoc(
        name="scenario-table",
        title=both("Case table of a record", "记录的案例表"),
        about=both(
            "Commands in order against one fresh record, and what people see of it then. A step without `do` only looks.",
            "针对一份新记录依次执行的指令，以及随后所见的内容。没有 `do` 的步骤只作查看。",
        ),
        parts=(
            _said("*.toml", Table, ("rule", "version_on")),
            _said("[[case]]", Scenario),
            PartDoc("[[case.step]]", NOTHING, tuple(step)),
        ),
        language="toml",
        place=place,
        example=_file(place),
        schemas=("case-table", "segmentation.standing.cases"),
        further=both(
            "There is one for each record, named `<record>.cases`, which knows its commands and refusals.",
            "每种记录各有一个，名为 `<记录>.cases`，其中包含该记录的指令与拒绝代码。",
        ),
    )


def _decision() -> FormatDoc:
    held = schema("decision")["properties"]
    types = {
        "outcome": both("table", "表"),
        "facts": both("table", "表"),
        "policies": both(
            "list of `policy`, `since`, `known_on`, `digest`",
            "列表：`policy`、`since`、`known_on`、`digest`",
        ),
        "as_of": both("date or nothing", "日期或无"),
        "effective_on": both("date or nothing", "日期或无"),
    }
    fields = tuple(
        FieldDoc(
            name,
            types.get(name, _TEXT),
            "",
            _said_of(part["description"]),
        )
        for name, part in held.items()
    )
    case = cases.read(ROOT / "tests" / "cases" / "worktime" / "business-day-england-2022.toml")[0]
    return FormatDoc(
        name="decision",
        title=both("Decision", "决定"),
        about=both(
            "What `bankservice decide` prints and `bankservice explain` reads again: enough to decide once more and compare. Decimals and quotients stand as text, so that no float comes in between.",
            "`bankservice decide` 的输出，`bankservice explain` 可再次读入：足以重新判定并作比较。小数与分数写作文本，因此不会出现浮点数。",
        ),
        parts=(PartDoc("JSON", NOTHING, fields, False),),
        language="json",
        example=json.dumps(case.decision().to_json(), ensure_ascii=False, indent=2),
        schemas=("decision", f"{case.table.rule}.decision", f"{case.table.rule}.facts"),
        further=both(
            "There are those of each rule: `<rule>.decision`, `<rule>.facts`, `<rule>.outcome`.",
            "每条规则各有：`<规则>.decision`、`<规则>.facts`、`<规则>.outcome`。",
        ),
    )


# --- the export of a journal --------------------------------------------------------------------

_LINES: Final = (
    (
        "version",
        KeptVersion,
        both("A policy version that was used, as it was.", "用过的政策版本，保持原样。"),
    ),
    ("entry", Entry, both("One thing that was decided.", "一项已作出的决定。")),
    ("receipt", Receipt, both("What a command led to.", "一条指令的结果。")),
    ("matter", AgendaItem, both("Something that must be looked at.", "一件须处理的事。")),
)
_ELSEWHERE: Final = {
    ("entry", "kind"): (Stream, "kind"),
    ("entry", "key"): (Stream, "key"),
    ("entry", "event"): (Entry, "kind"),
    ("matter", "kind"): (Stream, "kind"),
    ("matter", "key"): (Stream, "key"),
    ("matter", "matter"): (AgendaItem, "key"),
}
"""Names of a line that the classes hold elsewhere."""


def _export() -> FormatDoc:
    return FormatDoc(
        name="journal-export",
        title=both("Export of a journal", "日志的导出文件"),
        about=both(
            "What `bankservice journal export` writes: one JSON object a line. The first line says what the file is, the last has the numbers of lines and the SHA-256 of all before it; between them stand policy versions, entries, receipts and agenda items, in this order. The feed of a journal gives the same entries as Python values; it has no form of file.",
            "`bankservice journal export` 写出的内容：每行一个 JSON 对象。首行说明文件是什么，末行载有各类行数与此前全部内容的 SHA-256；其间依次为政策版本、条目、回执与待办事项。日志的推送（feed）以 Python 值给出同样的条目，没有文件形式。",
        ),
        parts=tuple(_line(name, kind, about) for name, kind, about in _LINES),
        language="json",
        example=_exported(),
        schemas=("journal-export", "segmentation.standing.entry"),
        further=both(
            "There is one for the entries of each record, named `<record>.entry`, which knows what they hold.",
            "每种记录的条目各有一个，名为 `<记录>.entry`，其中包含条目的内容。",
        ),
    )


def _line(name: str, kind: type[Any], about: Titles) -> PartDoc:
    line = next(
        part["properties"][name]
        for part in schema("journal-export")["anyOf"]
        if name in part["properties"]
    )
    return PartDoc(name, about, tuple(_names(name, kind, line["properties"])), False)


def _names(line: str, kind: type[Any], properties: dict[str, Any]) -> Iterator[FieldDoc]:
    for name, part in properties.items():
        held, field = _ELSEWHERE.get((line, name), (kind, name))
        meaning = attributes_of(held).get(field, "")
        yield FieldDoc(name, _written(part), "", _said_of(meaning))


def _written(part: dict[str, Any]) -> Titles:
    kind = part["type"]
    if part.get("format") == "date-time":
        return both("instant in UTC", "UTC 时刻")
    return {
        "string": _TEXT,
        "integer": both("whole number", "整数"),
        "object": both("table", "表"),
    }.get(kind if isinstance(kind, str) else "", both("table or nothing", "表或无"))


def _exported() -> str:
    """Return the export of a journal in which one customer was assessed once."""
    policy: Policy[Any] = policies.load(ROOT / "examples" / "acme" / "acme-tiers.policy.toml")
    record = next(held for held in policies.records() if held.kind == "segmentation.standing")
    at = datetime(2026, 3, 31, 16, tzinfo=UTC)
    body = record.command("assess", {"on": at.date(), "measure": {"average": "52000.00"}})
    journal = MemoryJournal()
    command = Command(
        id="assess-7-2026-03-31", subject="customer-7", body=body, actor="nightly-run", at=at
    )
    serve(Desk(record, (policy,)).handle(command, at), journal)
    out = StringIO()
    export(journal, "default", out)
    return out.getvalue().rstrip()
