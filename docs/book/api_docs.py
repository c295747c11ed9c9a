"""
The public names of the package, by page: which modules are public, and what stands in their
`__all__`.

What is not listed here is private: it may change without a word. A test holds that nothing that a
page of this site or an example imports is missing, and that every public name has a docstring.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import attrs
from book.bilingual import Titles, both

from bankservice.core.decision import Rule

__all__ = ["PAGES", "ApiPage", "NameDoc", "modules", "names_of"]


@attrs.frozen
class ApiPage:
    """A page of the API: its name, title, what it is about, and the modules on it."""

    name: str
    title: Titles
    about: Titles
    modules: tuple[str, ...]


@attrs.frozen
class NameDoc:
    """
    A public name.

    Attributes:
        module: Module it is public in.
        name: The name.
        says: The first sentence of its docstring.
        rule: Id of the rule it is; empty for anything else.
        hidden: Whether a module of the same name hides it from the tool that tells docstrings.
    """

    module: str
    name: str
    says: str
    rule: str = ""
    hidden: bool = False


PAGES: Final = (
    ApiPage(
        "bank",
        both("The bank", "银行"),
        both(
            "One door to every desk, and the policies there are.",
            "通往各业务台的统一入口，以及现有的政策。",
        ),
        ("bankservice", "bankservice.bank", "bankservice.policies", "bankservice.whatif"),
    ),
    ApiPage(
        "worktime",
        both("Working time", "工作时间"),
        both("Calendars, working days and hours.", "日历、工作日与工作时间。"),
        ("bankservice.worktime", "bankservice.calendars"),
    ),
    ApiPage(
        "segmentation",
        both("Segmentation", "客户分层"),
        both("Tiers, groups, RFM, entitlements.", "等级、分群、RFM、权益。"),
        ("bankservice.segmentation",),
    ),
    ApiPage(
        "lifecycle",
        both("Lifecycle", "生命周期"),
        both(
            "Stages, dormant accounts, treatments, predictions.",
            "阶段、沉睡账户、措施、预测。",
        ),
        (
            "bankservice.lifecycle",
            "bankservice.lifecycle.stages.commands",
            "bankservice.lifecycle.prediction.history",
        ),
    ),
    ApiPage(
        "complaints",
        both("Complaints", "投诉"),
        both(
            "Deadlines by law, cases, service levels, surges.",
            "法定期限、案件、服务标准、激增。",
        ),
        (
            "bankservice.complaints",
            "bankservice.complaints.watch.surges",
            "bankservice.complaints.watch.tally",
        ),
    ),
    ApiPage(
        "loyalty",
        both("Loyalty", "积分与优惠"),
        both("Programmes, points accounts, offers, liability.", "积分计划、积分账户、优惠、负债。"),
        ("bankservice.loyalty",),
    ),
    ApiPage(
        "satisfaction",
        both("Satisfaction", "满意度"),
        both(
            "Questionnaires, samples, scores, weights, drivers, follow-up.",
            "问卷、抽样、得分、权重、驱动因素、回访。",
        ),
        ("bankservice.satisfaction",),
    ),
    ApiPage(
        "decisions",
        both("Decisions and policies", "决定与政策"),
        both(
            "What decisions, policies and their values are made of.",
            "决定、政策及其值由什么组成。",
        ),
        (
            "bankservice.core.decision",
            "bankservice.core.policy",
            "bankservice.core.citation",
            "bankservice.core.conditions",
            "bankservice.core.decision_table",
            "bankservice.core.fact_register",
            "bankservice.core.calendar",
            "bankservice.core.money",
            "bankservice.core.unknown",
            "bankservice.core.wording",
            "bankservice.core.wording.own",
            "bankservice.core.errors",
        ),
    ),
    ApiPage(
        "trying",
        both("Trying and repeating", "试行与重复"),
        both(
            "A policy tried on a book, a past decision made again.",
            "在一册上试行政策，重复过去的决定。",
        ),
        (
            "bankservice.core.trial",
            "bankservice.core.simulation",
            "bankservice.core.repetition",
            "bankservice.release",
        ),
    ),
    ApiPage(
        "ports",
        both("The record and its ports", "记录及其端口"),
        both(
            "The ports a bank may implement, and what works on a record from outside: agendas, retention, legal hold, the chain.",
            "银行可自行实现的端口，以及从外部处理记录的部分：待办、保存期限、法定保留、链。",
        ),
        (
            "bankservice.core.journal",
            "bankservice.core.archive",
            "bankservice.core.keys",
            "bankservice.core.quota",
            "bankservice.core.sweep",
            "bankservice.core.retention",
            "bankservice.core.holds",
            "bankservice.core.chain",
        ),
    ),
    ApiPage(
        "journals",
        both("Journals", "日志的实现"),
        both(
            "In memory and in a database, sealed or not. What stands in other modules of `bankservice.journals` is private.",
            "内存与数据库中的日志，密封的与不密封的。`bankservice.journals` 的其他模块是私有的。",
        ),
        (
            "bankservice.journals",
            "bankservice.journals.sql",
            "bankservice.journals.sql_quota",
            "bankservice.journals.store",
            "bankservice.journals.schema",
            "bankservice.journals.tables",
            "bankservice.journals.sealed",
            "bankservice.journals.sql_keys",
            "bankservice.journals.keys",
            "bankservice.journals.audit",
            "bankservice.journals.known",
            "bankservice.journals.exchange",
        ),
    ),
    ApiPage(
        "run",
        both("The main job", "批量运行"),
        both(
            "A book of extracts, decided day by day, with its report and a made-up bank.",
            "逐日判定一批数据文件，附报告与虚构的银行。",
        ),
        ("bankservice.run", "bankservice.report", "bankservice.demo"),
    ),
    ApiPage(
        "documents",
        both("Files and addresses", "文件与地址"),
        both(
            "JSON Schemas, spreadsheets, addresses in the rule book.",
            "JSON Schema、电子表格、规则手册中的地址。",
        ),
        ("bankservice.schemas", "bankservice.sheets", "bankservice.rule_book"),
    ),
    ApiPage(
        "testing",
        both("Proof", "证明"),
        both(
            "What a bank proves its own parts with: case tables, contract suites, strategies.",
            "供银行证明自有部分的案例表、契约测试与策略。",
        ),
        (
            "bankservice.testing.cases",
            "bankservice.testing.contracts",
            "bankservice.testing.archive_contract",
            "bankservice.testing.key_contract",
            "bankservice.testing.strategies",
        ),
    ),
)


def modules() -> tuple[str, ...]:
    """Return the names of the public modules, in the order of their pages."""
    return tuple(module for page in PAGES for module in page.modules)


@cache
def names_of(module: str) -> tuple[NameDoc, ...]:
    """Return the public names of a module, as its `__all__` has them."""
    held = import_module(module)
    return tuple(_name(module, name, getattr(held, name)) for name in held.__all__)


def _name(module: str, name: str, value: Any) -> NameDoc:
    if inspect.isclass(value):
        doc = None if _written_by_attrs(value) else value.__doc__
    elif inspect.isroutine(value) or inspect.ismodule(value):
        doc = value.__doc__
    else:
        # A rule tells itself in the docstring of what it evaluates.
        doc = value.doc if isinstance(value, Rule) else _below(module, name)
    first = inspect.cleandoc(doc or "").split("\n\n")[0]
    rule = value.id if isinstance(value, Rule) else ""
    return NameDoc(module, name, " ".join(first.split()), rule, _is_module(module, name))


def _is_module(module: str, name: str) -> bool:
    held = import_module(module)
    return hasattr(held, "__path__") and find_spec(f"{module}.{name}") is not None


def _written_by_attrs(kind: type[Any]) -> bool:
    return (kind.__doc__ or "").startswith("Method generated")


def _below(module: str, name: str) -> str | None:
    """Return the docstring that stands below a value where it is defined."""
    for statement, after in _pairs(module):
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return _below(statement.module, alias.name)
        if (
            any(isinstance(target, ast.Name) and target.id == name for target in targets)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            return str(after.value.value)
    return None


def _pairs(module: str) -> Iterator[tuple[ast.stmt, ast.stmt | None]]:
    body = _tree(module).body
    yield from zip(body, [*body[1:], None], strict=True)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))
