"""
Headings and labels of the reference itself, and small things said in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from bilingual import Titles, both, each, listed, written_words

from bankservice import policies
from bankservice.calendars.regions import regions
from bankservice.core import wording
from bankservice.core.citation import Citation

__all__ = [
    "aside",
    "bracketed",
    "cited",
    "codes",
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
    "source": {"en": "Source", "zh": "来源"},
    "published": {"en": "published", "zh": "公布于"},
    "read": {"en": "read", "zh": "查阅于"},
    "note": {"en": "Note", "zh": "说明"},
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
    "versions": {"en": "Versions and sources", "zh": "版本与来源"},
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


def _cited(source: Citation, name: str, locale: str) -> str:
    linked = f"[{name}]({source.url})" if source.url else name
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
    return f"{word(key, locale)}：" if locale == "zh" else f"{word(key, locale)}: "


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
