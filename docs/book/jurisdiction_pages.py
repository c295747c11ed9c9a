"""
The pages of jurisdictions: one each, and their list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from book.bilingual import Titles, both, full_day, listed
from book.book_places import source_address
from book.citation_docs import CitationDoc
from book.jurisdiction_codes import jurisdictions, law, territory
from book.jurisdiction_docs import (
    CLASSES,
    DORMANCY,
    REGIME,
    JurisdictionDoc,
    LawDoc,
    PlaceLine,
    VersionLine,
    places_elsewhere,
)
from book.labels import aside, bracketed, policy_link, remark, word
from book.pieces import joined, line, page, value_table
from book.section_docs import TableDoc
from permalinks import UP, line_of, version_anchor, version_link

from bankservice.rule_book import jurisdiction_address

__all__ = ["jurisdiction_line", "jurisdiction_page", "jurisdictions_page"]

_WORDS: Final[Mapping[str, Titles]] = MappingProxyType(
    {
        "title": both("Jurisdictions", "司法辖区"),
        "lead": both(
            "The law that is shipped, by whose law it is: regimes of complaints, law of dormant accounts, classes of investors, calendars. "
            "What a page does not show is not shipped; that is no statement that there is no such law.",
            "随包的规定，按所属司法辖区列出：投诉监管规定、久悬账户规定、投资者类别、日历。"
            "页面未列出的即未随包提供，并不表示当地没有此类规定。",
        ),
        "jurisdiction": both("Jurisdiction", "司法辖区"),
        REGIME: both("Complaint regimes", "投诉监管规定"),
        DORMANCY: both("Law of dormant accounts", "久悬账户规定"),
        CLASSES: both("Classes of wealth and investors", "财富与投资者类别"),
        "calendars": both("Working days and public holidays", "工作日与公共假日"),
        "documents": both("Documents", "文件"),
        "elsewhere": both("Calendars without law", "仅有日历的地区"),
        "clocks": both("All clocks in one table", "时限一览"),
        "clocks_lead": both(
            "Of the newest version of each regime; earlier ones stand on its own page.",
            "取自各项规定的最新版本；以往版本见其各自页面。",
        ),
        "versions": both("Laws and versions", "规定与版本"),
        "law": both("Law", "规定"),
        "governs": both("Governs where", "适用条件"),
        "days": both("In force from", "生效日"),
        "until": both("until", "至（不含）"),
        "known": both("known on", "知悉于"),
        "cohort": both("For", "适用于"),
        "read": both("How far the law was read", "规定核对到何种程度"),
        "document": both("Document", "文件"),
        "clauses": both("Clauses", "条款"),
        "far": both("Read", "核对程度"),
        "published": both("Published", "公布日"),
        "compared": both("Last compared", "最近核对日"),
        "never": both("never", "从未"),
        "left": both("What is left to people", "留待人工判断的事项"),
        "facts": both("Facts that somebody must have established", "须由人认定的事实"),
        "facts_lead": both(
            "A condition over a fact that is not stated is not established: the shortest lawful clock runs, or the question stays undecided.",
            "未陈述的事实视为未成立：按最短的法定时限计算，或者结论为未定。",
        ),
        "fact": both("Fact", "事实"),
        "meaning": both("Meaning", "含义"),
        "asked_by": both("Asked by", "提出者"),
        "moved": both("Clocks that may be moved", "可以延期的时限"),
        "moved_lead": both(
            "Whether the reason is one, and whether it is approved, is for people to say.",
            "理由是否成立、是否批准，由人决定。",
        ),
        "open": both("What the sources leave open", "出处未明确之处"),
        "open_lead": both(
            "As it was noted with each version.",
            "以下为各版本所附的说明，保留英文原文。",
        ),
        "note": both("Note", "说明"),
        "missing": both(
            "Not shipped, and for the bank to write where it needs it",
            "未随包提供，需要时由银行自行编写",
        ),
        "place": both("Place", "地区"),
        "ids": both("Policies", "政策"),
        "through": both("Known through", "已知至"),
        "shapes": both("Named for it, and no law", "以其命名但并非法律规定"),
        "text": both("{count} in their own words", "{count}份核对原文"),
        "secondary": both("{count} in a description", "{count}份仅见转述"),
    }
)


def _word(key: str, locale: str) -> str:
    return _WORDS[key][locale]


def _table(keys: tuple[str, ...], rows: Iterable[tuple[str, ...]], locale: str) -> str:
    head = line(_word(key, locale) for key in keys)
    return "\n".join((head, line(("---",) * len(keys)), *map(line, rows)))


# --- the list -----------------------------------------------------------------------------------


def jurisdictions_page(held: tuple[JurisdictionDoc, ...], locale: str) -> str:
    """Return the list of jurisdictions, with what of each is shipped and how far it was read."""
    rows = [
        (
            f"[{doc.title[locale]}](jurisdictions/{doc.code.lower()}.md)",
            *(_links(doc, kind, locale) for kind in (REGIME, DORMANCY, CLASSES)),
            str(len(doc.places)) if doc.places else "–",
            _read(doc, locale),
        )
        for doc in held
    ]
    keys = ("jurisdiction", REGIME, DORMANCY, CLASSES, "calendars", "documents")
    elsewhere = [
        f"[{place.title[locale]}](calendars/{place.id}.md)" for place in places_elsewhere()
    ]
    return page(
        _word("title", locale),
        _word("lead", locale),
        _table(keys, rows, locale),
        f"## {_word('elsewhere', locale)}",
        listed(elsewhere, locale),
        line_of("j/index.html", locale, UP.removeprefix("../")),
    )


def _links(doc: JurisdictionDoc, kind: str, locale: str) -> str:
    found = [policy_link(held.id).replace("(../", "(", 1) for held in doc.laws if held.kind == kind]
    return "<br>".join(found) or "–"


def _read(doc: JurisdictionDoc, locale: str) -> str:
    """Return how many documents were read in their own words, and how many in a description."""
    checked = [held.source.checked for held in doc.documents]
    counts = {way: checked.count(way) for way in ("text", "secondary")}
    return listed(
        [_word(way, locale).format(count=count) for way, count in counts.items() if count], locale
    )


def jurisdiction_line(policy_id: str, locale: str) -> str:
    """Return the line of a policy's page that links the jurisdictions it is law of; empty for none."""
    found = [
        f"[{territory(code)[locale]}](../jurisdictions/{code.lower()}.md)"
        for code in jurisdictions()
        if policy_id in {policy.id for policy in law(code)}
    ]
    colon = "：" if locale == "zh" else ": "
    return f"{_word('jurisdiction', locale)}{colon}{listed(found, locale)}" if found else ""


# --- a page -------------------------------------------------------------------------------------


def jurisdiction_page(doc: JurisdictionDoc, locale: str) -> str:
    """Return the page of one jurisdiction."""
    other = "en" if locale == "zh" else "zh"
    parts = [
        f"# {doc.title[locale]}",
        f"{doc.title[other]} · `{doc.code}`",
        line_of(jurisdiction_address(doc.code), locale),
        f"## {_word('versions', locale)}",
        _laws(doc.laws, locale),
    ]
    if doc.missing:
        names = listed([_word(kind, locale) for kind in doc.missing], locale)
        colon = "：" if locale == "zh" else ": "
        parts.append(f"{_word('missing', locale)}{colon}{names}")
    parts += _section("clocks", doc.clocks, locale, "clocks_lead")
    parts += _section(DORMANCY, doc.statuses, locale)
    parts += _section(CLASSES, doc.classes, locale)
    if doc.places:
        parts += [f"## {_word('calendars', locale)}", _places(doc.places, locale)]
    parts += [f"## {_word('read', locale)}", _documents(doc.documents, locale)]
    parts += [f"## {_word('left', locale)}", *_left(doc, locale)]
    if doc.shapes:
        bullets = [f"- {policy_link(name, title[locale])} · `{name}`" for name, title in doc.shapes]
        parts += [f"## {_word('shapes', locale)}", "\n".join(bullets)]
    return joined(*parts)


def _section(key: str, held: TableDoc, locale: str, lead: str = "") -> list[str]:
    """Return a section of one table; nothing where it has no rows."""
    if not held.rows:
        return []
    told = [_word(lead, locale)] if lead else []
    return [f"## {_word(key, locale)}", *told, value_table(held, locale)]


def _laws(held: tuple[LawDoc, ...], locale: str) -> str:
    rows = [
        (
            policy_link(law.id, law.title[locale]) if not place else "",
            law.governs[locale] if not place else "",
            _in_force(law, version, locale),
            aside(version.source.label(), remark(version.source.checked, locale), locale),
        )
        for law in held
        for place, version in enumerate(reversed(law.versions))
    ]
    return _table(("law", "governs", "days", "documents"), rows, locale)


def _in_force(law: LawDoc, version: VersionLine, locale: str) -> str:
    """Return the days of a version, as the link to where it stands."""
    anchor = version_anchor(version_link(law.id, version.since, version.known_on))
    link = policy_link(law.id, full_day(version.since, locale))
    told = link.replace(".md)", f".md#{anchor})", 1)
    if version.until is not None:
        last = full_day(version.until, locale)
        gap = "" if locale == "zh" else " "
        told += f"{gap}{_word('until', locale)}{gap}{last}"
    if version.known_on != version.since:
        known = full_day(version.known_on, locale)
        gap = "" if locale == "zh" else " "
        told = aside(told, bracketed(f"{_word('known', locale)}{gap}{known}", locale), locale)
    return aside(told, version.cohort[locale], locale) if version.cohort[locale] else told


def _places(held: tuple[PlaceLine, ...], locale: str) -> str:
    rows = [
        (
            f"[{place.title[locale]}](../calendars/{place.id}.md)",
            f"`{place.business_days}`, `{place.holidays}`",
            full_day(place.known_through, locale),
        )
        for place in held
    ]
    return _table(("place", "ids", "through"), rows, locale)


def _documents(held: tuple[CitationDoc, ...], locale: str) -> str:
    """Return the documents, the one compared longest ago first."""
    rows = []
    for doc in held:
        source, address = doc.source, source_address(doc.source, "../../../")
        clauses = dict.fromkeys(use.clause for use in doc.uses)
        rows.append(
            (
                f"[{source.label()}]({address})" if address else source.label(),
                "; ".join(clauses),
                word(f"checked_{source.checked}", locale).strip("()（）"),
                full_day(source.published_on, locale) if source.published_on else "–",
                full_day(source.read_on, locale) if source.read_on else _word("never", locale),
            )
        )
    return _table(("document", "clauses", "far", "published", "compared"), rows, locale)


def _left(doc: JurisdictionDoc, locale: str) -> list[str]:
    parts: list[str] = []
    if doc.facts:
        rows = [
            (f"`{name}`", meaning[locale], listed([policy_link(held) for held in laws], locale))
            for name, meaning, laws in doc.facts
        ]
        parts += [
            f"### {_word('facts', locale)}",
            _word("facts_lead", locale),
            _table(("fact", "meaning", "asked_by"), rows, locale),
        ]
    if doc.approvals.rows:
        parts += [
            f"### {_word('moved', locale)}",
            _word("moved_lead", locale),
            value_table(doc.approvals, locale),
        ]
    if doc.notes:
        noted = [
            (f"{policy_link(name)} {full_day(since, locale)}", note)
            for name, since, note in doc.notes
        ]
        parts += [
            f"### {_word('open', locale)}",
            _word("open_lead", locale),
            _table(("law", "note"), noted, locale),
        ]
    return parts or [word("none", locale)]
