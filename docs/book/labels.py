"""
Headings and labels of the reference itself, and small things said in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from book.bilingual import Titles, both, each, listed, written_words
from book.book_places import source_address

from bankservice import policies
from bankservice.calendars.regions import regions
from bankservice.core import wording
from bankservice.core.citation import Citation

__all__ = [
    "aside",
    "bracketed",
    "cited",
    "clause",
    "codes",
    "colon",
    "has_words",
    "label",
    "listed_codes",
    "policy_link",
    "policy_page_of",
    "remark",
    "said",
    "short",
    "slug",
    "template",
    "word",
]

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "domains": {"en": "By domain", "zh": "按领域"},
    "commands_of_line": {"en": "Command line", "zh": "命令行"},
    "commands_lead": {
        "en": "Every command takes `-h` and `--help`. Answers go to standard output, progress and errors to standard error. `run`, `demo` and `whatif` need the `run` extra, the others `cli`; with a journal also `sql`, on PostgreSQL `postgres`.",
        "zh": "每个命令都有 `-h` 与 `--help`。回答写到标准输出，进度与错误写到标准错误。`run`、`demo` 与 `whatif` 需要附加项 `run`，其余需要 `cli`；使用日志时另需 `sql`，PostgreSQL 上为 `postgres`。",
    },
    "commands_exits": {
        "en": "Exit codes: 0 for done, 1 for a case that failed or a finding, 2 for a mistake of the caller. Where a command has others to say, its page says so.",
        "zh": "退出码：0 表示完成，1 表示有案例失败或有发现，2 表示调用方有误。另有含义的命令，在其页面上注明。",
    },
    "cli_command": {"en": "Command", "zh": "命令"},
    "arguments": {"en": "Arguments", "zh": "参数"},
    "options": {"en": "Options", "zh": "选项"},
    "exit_codes": {"en": "Exit codes", "zh": "退出码"},
    "used_in": {"en": "Used in", "zh": "用例"},
    "formats": {"en": "File formats", "zh": "文件格式"},
    "schema": {"en": "Schema", "zh": "Schema"},
    "schemas": {"en": "JSON Schemas", "zh": "JSON Schema"},
    "an_example": {"en": "An example", "zh": "示例"},
    "format": {"en": "Format", "zh": "格式"},
    "format_keys": {"en": "Keys", "zh": "键"},
    "made_example": {
        "en": "Made by the library when this page was written:",
        "zh": "本页生成时由软件库实际得出：",
    },
    "formats_lead": {
        "en": "What the files look like that people write and that leave the library. Each page has the keys, an example that is run, and the JSON Schema.",
        "zh": "人们编写的文件与软件库写出的文件各是什么样。每页载有键、实际运行的示例与 JSON Schema。",
    },
    "schemas_use": {"en": "In your editor", "zh": "在编辑器中使用"},
    "schemas_use_body": {
        "en": "`bankservice schema --to schemas` writes all schemas into a folder; those on this page are the same files.\nAn editor with Even Better TOML or Taplo reads the first line of a file:\n\n```toml\n#:schema ../schemas/segmentation.tiers.policy.json\n```\n\nFrom then on it offers keys and their meaning, and marks what is unknown, missing or of another type while you type.\nFor JSON, such as facts that another system sends, name `<rule>.facts.json` to any validator of JSON Schema 2020-12.",
        "zh": "`bankservice schema --to schemas` 将全部 Schema 写入一个文件夹；本页的文件与之相同。\n装有 Even Better TOML 或 Taplo 的编辑器会读取文件的首行：\n\n```toml\n#:schema ../schemas/segmentation.tiers.policy.json\n```\n\n此后编辑器会提示键及其含义，并在输入时标出未知、缺少或类型不符之处。\n对于 JSON，例如其他系统送来的事实，可将 `<规则>.facts.json` 交给任何支持 JSON Schema 2020-12 的校验工具。",
    },
    "schemas_limits": {"en": "What a schema cannot tell", "zh": "Schema 不能说明的内容"},
    "schemas_limits_body": {
        "en": "A schema tells form: keys, types, what must be there.\n`bankservice policies validate` and `bankservice check` tell the rest:\n\n- sense: an end before its beginning, a row that is never reached, gaps between bands, two versions of the same days;\n- names: a code that is in no tree, a fact or a path there is none of, a policy that is not at hand, a zone or currency that does not exist;\n- TOML's own types: a date and the same date in quotes are one text in JSON, `1.0` and `1` one number;\n- the expectations of a case table, which may name any part of an outcome.\n\nIn one point a schema is stricter than the library: dates, times and numbers that stand as text must be in their plain form (`2026-01-31`, `1000`, not `20260131`, `1_000`).",
        "zh": "Schema 说明形式：键、类型、哪些必须写明。\n其余由 `bankservice policies validate` 与 `bankservice check` 检查：\n\n- 含义：终点早于起点、永远用不到的行、区间之间的空档、日期相同的两个版本；\n- 名称：不在代码树中的代码、不存在的事实或路径、不在手边的政策、不存在的时区或币种；\n- TOML 自有的类型：日期与加引号的同一日期在 JSON 中是同一文本，`1.0` 与 `1` 是同一数字；\n- 案例表中的期望，它可以写结论的任何部分。\n\n只有一点 Schema 比软件库更严格：写作文本的日期、时刻与数字须用通常的写法（`2026-01-31`、`1000`，而不是 `20260131`、`1_000`）。",
    },
    "schemas_all": {"en": "All schemas", "zh": "全部 Schema"},
    "schemas_all_body": {
        "en": "Descriptions in the schemas are English; the pages of this reference have them in both languages.",
        "zh": "Schema 中的说明为英文；本参考的各页有中英文说明。",
    },
    "schemas_more": {
        "en": "How an editor uses them, and all there are",
        "zh": "编辑器中的用法与全部 Schema",
    },
    "what_of": {"en": "Of", "zh": "所属"},
    "api_rules": {
        "en": "The rules of this domain are values that are called with facts; each is told on its own page.",
        "zh": "本领域的规则是以事实调用的值，各有自己的页面。",
    },
    "api_english": {
        "en": "The docstrings are English.",
        "zh": "代码中的说明为英文；以下名称各链接到英文页面中的说明。",
    },
    "rules": {"en": "Rules", "zh": "规则"},
    "records": {"en": "Records", "zh": "记录"},
    "kinds": {"en": "Policy keys", "zh": "政策键"},
    "policies": {"en": "Policies", "zh": "政策"},
    "vocabulary": {"en": "Vocabulary", "zh": "共享代码"},
    "refusals": {"en": "Refusals", "zh": "拒绝代码"},
    "run": {"en": "Runs", "zh": "批量运行"},
    "run_lead": {
        "en": "What `bank.toml` may say, which tables extracts are mapped to, why a row is rejected or a measure unknown, and what a run writes. [Map your extracts](../../how-to/map-your-extracts.md) shows how to use it.",
        "zh": "`bank.toml` 可以写什么，数据文件映射到哪些表，某行为何拒收、指标为何未知，以及运行写出什么。用法见[映射数据文件](../../how-to/map-your-extracts.md)。",
    },
    "run_tables": {"en": "Tables", "zh": "数据表"},
    "run_rejects": {"en": "Why a row is rejected", "zh": "拒收的原因"},
    "run_unknowns": {"en": "Why a measure is unknown", "zh": "指标未知的原因"},
    "run_files": {"en": "What a run writes", "zh": "运行写出的文件"},
    "column": {"en": "Column", "zh": "列"},
    "left_unmapped": {"en": "Mapped", "zh": "映射"},
    "must_map": {"en": "must be", "zh": "必须映射"},
    "may_map": {"en": "may be", "zh": "可不映射"},
    "rule": {"en": "Rule", "zh": "规则"},
    "record": {"en": "Record", "zh": "记录"},
    "policy": {"en": "Policy", "zh": "政策"},
    "kind": {"en": "Kind of policy", "zh": "政策种类"},
    "formulas": {"en": "Formulas", "zh": "公式"},
    "facts": {"en": "Facts", "zh": "事实"},
    "outcome": {"en": "Outcome", "zh": "结论"},
    "wording": {"en": "Reasons and their wording", "zh": "理由与措辞"},
    "reason": {"en": "Reason", "zh": "理由"},
    "sentence": {"en": "Sentence", "zh": "语句"},
    "names": {"en": "Its facts", "zh": "所用事实"},
    "cases": {"en": "Cases that cover it", "zh": "覆盖它的案例"},
    "shipped": {"en": "Shipped policies", "zh": "随包附带的政策"},
    "field": {"en": "Name", "zh": "名称"},
    "key": {"en": "Key", "zh": "键"},
    "type": {"en": "Written as", "zh": "写法"},
    "default": {"en": "Left out", "zh": "省略时"},
    "needed": {"en": "must be stated", "zh": "必须写明"},
    "may": {"en": "may be", "zh": "可省略"},
    "meaning": {"en": "Meaning", "zh": "含义"},
    "code": {"en": "Code", "zh": "代码"},
    "title": {"en": "Title", "zh": "名称"},
    "english": {"en": "English", "zh": "英文"},
    "chinese": {"en": "Chinese", "zh": "中文"},
    "tags": {"en": "Also in", "zh": "另属"},
    "ours": {"en": "added by this project", "zh": "本项目添加"},
    "since": {"en": "In force since", "zh": "生效日"},
    "ends": {"en": "Ends on (exclusive)", "zh": "废止日（不含）"},
    "known": {"en": "Known on", "zh": "知悉日"},
    "approval": {"en": "Approved by", "zh": "批准"},
    "applies": {"en": "Applies to", "zh": "适用范围"},
    "everybody": {"en": "everybody", "zh": "所有人"},
    "source": {"en": "Source", "zh": "出处"},
    "published": {"en": "published", "zh": "公布于"},
    "read": {"en": "read", "zh": "查阅于"},
    "note": {"en": "Note", "zh": "说明（保留原文）"},
    "digest": {"en": "Digest", "zh": "摘要值"},
    "parameter": {"en": "Parameter", "zh": "参数"},
    "value": {"en": "Value", "zh": "取值"},
    "by_default": {"en": "(default)", "zh": "（默认）"},
    "no_period": {"en": "none", "zh": "无"},
    "commands": {"en": "Commands", "zh": "指令"},
    "view": {"en": "What people see", "zh": "所见内容"},
    "entries": {"en": "Entries", "zh": "条目"},
    "data": {"en": "Open (`data`)", "zh": "公开部分（`data`）"},
    "sealed": {"en": "Sealed", "zh": "密封部分"},
    "every_version": {
        "en": "Every version of every kind has these keys.",
        "zh": "各种类政策的每个版本都有以下键。",
    },
    "every_key": {"en": "Every key", "zh": "全部的键"},
    "own_keys": {"en": "Keys of its own", "zh": "自有的键"},
    "cohort": {
        "en": "Facts that `applies_to` may name without declaring them",
        "zh": "`applies_to` 无须声明即可使用的事实",
    },
    "none": {"en": "None.", "zh": "目前没有。"},
    "refused": {
        "en": "Refusals its cases show (others of the list below may occur), in order of precedence",
        "zh": "案例所示的拒绝（也可能遇到下方列表中的其他代码），按优先次序",
    },
    "refusal_order": {
        "en": "Where several apply, the one that stands first wins.",
        "zh": "多项同时成立时，排在最前的一项优先。",
    },
    "places": {"en": "Business days and public holidays", "zh": "工作日与公共假日"},
    "places_lead": {
        "en": "Working calendars of whole days and lists of public holidays, by place. A bank writes the hours of its own desks and links the holidays.",
        "zh": "各地按整日计的工作日历，以及公共假日表。银行自行编写本行服务台的营业时间，并引用其中的公共假日。",
    },
    "places_elsewhere": {
        "en": "Working calendars and public holidays are listed by place",
        "zh": "工作日历与公共假日按地区列出",
    },
    "place": {"en": "Place", "zh": "地区"},
    "business_days": {"en": "Business days", "zh": "工作日"},
    "holidays": {"en": "Public holidays", "zh": "公共假日"},
    "first_year": {"en": "From", "zh": "起始年"},
    "known_through": {"en": "Known through", "zh": "已知至"},
    "because": {"en": "Why until then", "zh": "截止原因"},
    "versions": {"en": "Versions and sources", "zh": "版本与出处"},
    "day": {"en": "Day", "zh": "日期"},
    "weekday": {"en": "Weekday", "zh": "星期"},
    "holiday": {"en": "Public holiday", "zh": "公共假日"},
    "holiday_or_work": {
        "en": "Public holiday, or **working day made up for**",
        "zh": "公共假日，或**调休上班日**",
    },
    "make_up": {"en": "Working day", "zh": "调休上班日"},
    "unnamed": {"en": "no name given", "zh": "未列名称"},
    "late": {"en": "known on", "zh": "知悉日"},
    "struck": {"en": "taken back, known on", "zh": "已取消，知悉日"},
    "beside": {"en": "Beside it may stand", "zh": "可另附"},
    "role": {"en": "Role", "zh": "性质"},
    "starts": {"en": "Runs from", "zh": "起算"},
    "exists_if": {"en": "Only where", "zh": "仅当"},
    "sends": {"en": "To be sent by then", "zh": "届时须发出"},
    "lawful_if": {"en": "Lawful only if met in time", "zh": "以此项按时完成为前提"},
    "stops_on": {"en": "Ends on", "zh": "终止于"},
    "reopened": {"en": "When the case is reopened", "zh": "案件重新打开时"},
    "whole_example": {"en": "A whole example", "zh": "完整示例"},
    "example_of": {"en": "Example", "zh": "示例"},
    "case": {"en": "Case", "zh": "案例"},
    "case_table": {"en": "Case table", "zh": "案例表"},
    "decided_under": {"en": "Decided under", "zh": "所依政策"},
    "steps": {"en": "Steps", "zh": "步骤"},
    "seen_then": {
        "en": "What is seen after the last step (parts that are empty left out)",
        "zh": "最后一步之后所见（省略空的部分）",
    },
    "outcome_short": {
        "en": "Outcome (parts that are empty left out)",
        "zh": "结论（省略空的部分）",
    },
    "why": {"en": "Why", "zh": "理由"},
    "expected": {"en": "Expected", "zh": "预期"},
    "at": {"en": "At", "zh": "时刻"},
    "do": {"en": "Command", "zh": "指令"},
    "with": {"en": "With", "zh": "内容"},
    "then": {"en": "Expected then", "zh": "其后预期"},
    "looks": {"en": "(looks only)", "zh": "（仅查看）"},
    "refused_as": {"en": "refused", "zh": "拒绝"},
    "faults": {"en": "Faults of others it avoids", "zh": "所避免的他人缺陷"},
    "faults_lead": {
        "en": "Users met these in other tools. Each is held by a test of its own, whose words stand here.",
        "zh": "使用者在其他工具中遇到过这些问题。每一项都有自己的测试，此处是测试所述。",
    },
    "no_faults": {
        "en": "No test of this project is named after a fault of others here.",
        "zh": "本项目没有以他人在此处的缺陷命名的测试。",
    },
    "fault": {"en": "What went wrong, and what holds here", "zh": "他处的问题，以及此处所守"},
    "held_by": {"en": "Held by", "zh": "由何测试守护"},
    "guarded": {"en": "Rules and records", "zh": "规则与记录"},
    "by_date": {"en": "Every parameter by date", "zh": "各参数及其日期"},
    "by_date_lead": {
        "en": "Each parameter stands where it first has its value, and again where the value or its source changes. Keys that are left out have the default of [their kind](../kinds/{kind}.md).",
        "zh": "每个参数列在首次取得其值之处，值或出处变动时再次列出。省略的键取[该种类](../kinds/{kind}.md)的默认值。",
    },
    "by_place": {
        "en": "The parameters of a working calendar are its zone, its week and its holidays; the page of each place shows them with their sources.",
        "zh": "工作日历的参数是其时区、每周安排与假日；各地区的页面连同出处一并列出。",
    },
    "no_parameters": {
        "en": "It takes no policy: nothing in it changes by date.",
        "zh": "它不使用政策：其中没有随日期变动的内容。",
    },
    "own_policy": {
        "en": "No policy of this kind is shipped; a bank writes its own.",
        "zh": "没有随包附带这一种类的政策；由银行自行编写。",
    },
    "timeline": {"en": "Versions over time", "zh": "版本的时间线"},
    "until": {"en": "Until (exclusive)", "zh": "至（不含）"},
    "in_force": {"en": "in force", "zh": "有效"},
    "what": {"en": "What", "zh": "性质"},
    "first_version": {"en": "first version", "zh": "首个版本"},
    "new_version": {"en": "new version", "zh": "新版本"},
    "correction": {"en": "correction", "zh": "更正"},
    "taken_out": {"en": "(taken out)", "zh": "（已去除）"},
    "clauses_of": {"en": "Where a clause alone is named, it is one of ", "zh": "仅写条款者，出自"},
    "changed": {"en": "What changed", "zh": "变动之处"},
    "changed_from": {"en": "Against the version in force from", "zh": "所比较的版本，生效日"},
    "corrected_from": {
        "en": "A correction: it takes the place of the version known on",
        "zh": "更正：取代知悉日如下的版本",
    },
    "nothing_changed": {
        "en": "No parameter changed; its source did.",
        "zh": "参数没有变动；变动的是出处。",
    },
    "before": {"en": "Before", "zh": "变动前"},
    "after": {"en": "After", "zh": "变动后"},
    "not_there": {"en": "–", "zh": "–"},
    "rule_refusals": {
        "en": "Refusals of the records that decide by it",
        "zh": "据此决定的记录及其拒绝",
    },
    "rule_refusals_lead": {
        "en": "The rule itself refuses nothing: a fault in its facts is an error with its path, and what is not known is an outcome. A record that decides by it refuses by code.",
        "zh": "规则本身不拒绝任何东西：事实有误是带有路径的错误，未知则是一种结论。据此决定的记录以代码拒绝。",
    },
    "no_rule_refusals": {"en": "No record decides by it.", "zh": "没有记录据此决定。"},
    "try_it": {"en": "Try it here", "zh": "在线试用"},
    "of_rule": {"en": "From this rule", "zh": "源自本规则"},
    "yes": {"en": "yes", "zh": "是"},
    "decides_by": {"en": "Decides by", "zh": "所依规则"},
    "sentence_en": {"en": "English", "zh": "英文"},
    "sentence_zh": {"en": "Chinese", "zh": "中文"},
    "ports": {"en": "Ports", "zh": "端口"},
    "ports_lead": {
        "en": "What this package asks of who keeps the record, the limits and the keys: protocols with written promises, each with the suite that proves them.",
        "zh": "本软件包对保管记录、额度与密钥者的要求：写明承诺的协议，各有证明承诺的测试套件。",
    },
    "port": {"en": "Port", "zh": "端口"},
    "imported_from": {"en": "Imported from", "zh": "导入自"},
    "suite": {"en": "Contract suite", "zh": "契约测试套件"},
    "suite_runs": {"en": "Where the suite is run", "zh": "套件在何处运行"},
    "how_to": {"en": "How to write one", "zh": "如何编写"},
    "own_journal": {"en": "Bring your own journal", "zh": "接入自己的日志存储"},
    "promises": {"en": "Promises", "zh": "承诺"},
    "promises_lead": {
        "en": "In the order of the suite, whose tests say the same sentences.",
        "zh": "按套件的次序；套件的测试所述与此相同。",
    },
    "promise": {"en": "Promise", "zh": "承诺"},
    "proved_by": {"en": "Proved by", "zh": "由何证明"},
    "number": {"en": "No.", "zh": "序号"},
    "methods": {"en": "Methods", "zh": "方法"},
    "call": {"en": "Call", "zh": "调用"},
    "implementations": {"en": "Implementations", "zh": "实现"},
    "implementation": {"en": "Implementation", "zh": "实现"},
    "test": {"en": "Test", "zh": "测试"},
    "stands_on": {"en": "What it stands on", "zh": "所依存储"},
    "checked_text": {"en": "(the source's own words were read)", "zh": "（已核对原文）"},
    "checked_secondary": {
        "en": "(a description was read, not the rule's own text)",
        "zh": "（未核对原文）",
    },
    "checked_own": {"en": "(the bank's own paper)", "zh": "（本行政策文件）"},
}


def cited(source: Citation, locale: str) -> str:
    """Return a source: what it is, where it lies, when it was read, and how far."""
    return _cited(source, source.label(), locale)


def short(source: Citation, beside: Citation, locale: str) -> str:
    """Return a source in a table below another: what they share is not said again."""
    name = source.label()
    if (source.issuer, source.text) == (beside.issuer, beside.text):
        name = ", ".join(filter(None, (source.number, source.clause))) or name
    told = _cited(source, name, locale)
    return f"{told} {source.note}" if source.note else told


def clause(source: Citation, beside: Citation, locale: str) -> str:
    """Return the place in a source named above, and how far it was read; the whole of another."""
    alike = (source.issuer, source.text) == (beside.issuer, beside.text)
    name = source.clause or source.number if alike else ""
    return _cited(source, name or source.label(), locale)


def _cited(source: Citation, name: str, locale: str) -> str:
    address = source_address(source, "../../../")
    linked = f"[{name}]({address})" if address else name
    days = [
        f"{word(key, locale)} {day}"
        for key, day in (("published", source.published_on), ("read", source.read_on))
        if day is not None
    ]
    comma = "，" if locale == "zh" else ", "
    return aside(comma.join((linked, *days)), remark(source.checked, locale), locale)


def remark(checked: str, locale: str) -> str:
    """Return how far a source was read."""
    return word(f"checked_{checked}", locale)


def codes(names: Iterable[str]) -> str:
    """Return names as code, in a row."""
    return ", ".join(f"`{name}`" for name in names) or "–"


def word(key: str, locale: str) -> str:
    """Return a heading or label of the reference itself."""
    return WORDS[key][locale]


def label(key: str, locale: str) -> str:
    """Return a label with the colon its language has."""
    return f"{word(key, locale)}{colon(locale)}"


def colon(locale: str) -> str:
    """Return the colon of a language, with the space after it where it has one."""
    return "：" if locale == "zh" else ": "


def aside(text: str, remark: str, locale: str) -> str:
    """Return a text with a remark after it, set apart as its language does."""
    return f"{text}{remark}" if locale == "zh" or not remark else f"{text} {remark}"


def bracketed(text: str, locale: str) -> str:
    """Return a text in the brackets its language has."""
    return f"（{text}）" if locale == "zh" else f"({text})"


def slug(policy_id: str) -> str:
    """
    Return the file name of a policy page.

    Examples:
        >>> slug("segmentation/cn-retail-shape")
        'segmentation-cn-retail-shape'
    """
    return policy_id.replace("/", "-")


def template(package: str, code: str) -> Titles:
    """Return the sentence of a reason in each locale; empty where there is none."""
    return {
        name: wording.templates(package, locale).get(code, "")
        for name, locale in (("en", "en"), ("zh", "zh_CN"))
    }


def said(code: str) -> Titles:
    """Return a code of a policy: in English it tells itself, in Chinese its meaning comes first."""
    found = written_words()["said"].get(code)
    if isinstance(found, dict):
        return both(found["en"], found["zh"])
    return both(f"`{code}`", f"{found}（`{code}`）" if found else f"`{code}`")


def has_words(code: str) -> bool:
    """Tell whether there are words for a code of a policy."""
    return code in written_words()["said"]


def listed_codes(held: Iterable[str]) -> Titles:
    """Return codes in a row."""
    told = [said(code) for code in held]
    return each(lambda locale: listed([text[locale] for text in told], locale))


@cache
def _pages() -> Mapping[str, str]:
    """Return shipped policy → the page that shows it, below the folder of the reference."""
    found = {name: f"policies/{slug(name)}.md" for name in policies.shelf().shipped()}
    for held in regions():
        found[held.holidays_id] = found[held.calendar_id] = f"calendars/{held.id}.md"
    return found


def policy_page_of(policy_id: str) -> str:
    """Return the page that shows a shipped policy, below the folder of the reference."""
    return _pages()[policy_id]


def policy_link(policy_id: str, name: str = "") -> str:
    """Return the link to a shipped policy from a page one folder down; empty where it is none."""
    found = _pages().get(policy_id)
    return f"[{name or f'`{policy_id}`'}](../{found})" if found else ""
