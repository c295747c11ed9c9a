"""
The page of all citations: the document compared longest ago first, with what rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from book.bilingual import Titles, both, full_day, listed
from book.book_places import book_page, places, source_address
from book.citation_docs import GROUPS, CitationDoc, UseDoc, citation_docs
from book.labels import policy_page_of, word
from book.pieces import line, page
from permalinks import version_anchor, version_link

from bankservice.rule_book import place_address

__all__ = ["citations_page", "clause_links"]

_WORDS: Final[Mapping[str, Titles]] = MappingProxyType(
    {
        "title": both("Citations", "全部出处"),
        "lead": both(
            "Every document that a shipped number, list or condition rests on. "
            "In each part the one compared longest ago stands first, and before it those never compared: they are to be read again first. "
            "The day a document was compared is the day somebody last held the policy against it.",
            "每个随包的数字、清单或条件所依据的文件。"
            "各部分中，最久未核对的排在最前，从未核对的更在其前：应当最先重读。"
            "核对日即最近一次有人将政策与该文件对照的日期。",
        ),
        "law": both("Law and what regulators say", "法律规定与监管口径"),
        "law_lead": both(
            "Regimes of complaints, law of dormant accounts, classes of investors, and calendars that such law defines.",
            "投诉监管规定、久悬账户规定、投资者类别，以及此类规定自行界定的日历。",
        ),
        "calendars": both("Working days and public holidays", "工作日与公共假日"),
        "calendars_lead": both(
            "A library's lists of holidays, and the announcements of days that came late.",
            "软件库的假日表，以及临时公布的日期所依据的公告。",
        ),
        "shapes": both("What others do, publish or advise", "他人的做法、公布与建议"),
        "shapes_lead": both(
            "Shapes after programmes of banks, standards, statistics, models. No law; the numbers of a bank are its own.",
            "参照各行做法的形态、标准、统计方法与模型。并非法律；本行的数字由本行自定。",
        ),
        "texts": both("Source texts and lists of this project", "来源文本与本项目的清单"),
        "texts_lead": both(
            "They have no published address; theirs is a page of this book.",
            "没有公开地址；其地址是本手册中的页面。",
        ),
        "compared": both("Last compared", "最近核对日"),
        "never": both("never", "从未"),
        "document": both("Document", "文件"),
        "far": both("Read", "核对程度"),
        "published": both("Published", "公布日"),
        "rests": both("What rests on it", "以其为依据的内容"),
        "versions": both("{count} versions, {first} to {last}", "{count}个版本，{first}至{last}"),
        "rows": both("rows {rows}", "行 {rows}"),
        "many": both("{count} uses", "{count}处"),
    }
)

_FEW: Final = 3
"""So many versions, or clauses, are named one by one; of more the first and the last."""
_SHOWN: Final = 12
"""So many uses stand open in a cell; more are folded away."""
_PLACE: Final = re.compile(r"\b[KSG]\d+(?:\.\d+)*\b")


def _word(key: str, locale: str) -> str:
    return _WORDS[key][locale]


def citations_page(locale: str) -> str:
    """Return the page of all citations."""
    parts: list[str] = [_word("lead", locale)]
    head = ("compared", "document", "far", "published", "rests")
    for group in GROUPS:
        rows = [_row(held, locale) for held in citation_docs(group)]
        table = [line(_word(key, locale) for key in head), line(("---",) * len(head))]
        parts += [
            f"## {_word(group, locale)}",
            _word(f"{group}_lead", locale),
            "\n".join((*table, *map(line, rows))),
        ]
    return page(_word("title", locale), *parts)


def _row(held: CitationDoc, locale: str) -> tuple[str, ...]:
    source, address = held.source, source_address(held.source, "../../")
    name = source.label()
    return (
        full_day(source.read_on, locale) if source.read_on else _word("never", locale),
        f"[{name}]({address})" if address else name,
        word(f"checked_{source.checked}", locale).strip("()（）"),
        full_day(source.published_on, locale) if source.published_on else "–",
        _folded(_uses(held.uses, locale), locale),
    )


def _folded(uses: list[str], locale: str) -> str:
    told = "<br>".join(uses)
    if len(uses) <= _SHOWN:
        return told
    title = _word("many", locale).format(count=len(uses))
    return f"<details><summary>{title}</summary>{told}</details>"


def _uses(uses: Iterable[UseDoc], locale: str) -> list[str]:
    """Return what rests on a document: policy by policy, its clauses, versions and rows."""
    by_policy: dict[str, list[UseDoc]] = {}
    for use in uses:
        by_policy.setdefault(use.policy, []).append(use)
    found = []
    for policy_id, held in by_policy.items():
        if len(held) > _FEW and not any(use.rows for use in held):
            # A library's list for every year: one line says it.
            days = sorted(day for use in held for day in use.versions)
            clauses = (held[0].clause, held[-1].clause)
            told = listed(dict.fromkeys(clauses), locale).replace(", ", " … ", 1)
            found.append(f"{_link(policy_id)} {told} ({_versions(policy_id, days, locale)})")
            continue
        found += [_use(use, locale) for use in held]
    return found


def _use(use: UseDoc, locale: str) -> str:
    told = f"{_link(use.policy)} {clause_links(use.clause, '../../')}"
    days = _versions(use.policy, list(use.versions), locale)
    rows = listed([f"`{row}`" for row in use.rows], locale)
    if rows:
        days += f"; {_word('rows', locale).format(rows=rows)}"
    return f"{told} ({days})"


def _link(policy_id: str) -> str:
    return f"[`{policy_id}`]({policy_page_of(policy_id)})"


def _versions(policy_id: str, days: list[tuple[date, date]], locale: str) -> str:
    """Return the first days of versions, each a link to it; of many the first and the last."""
    if len(days) > _FEW:
        first, last = (str(days[place][0]) for place in (0, -1))
        return _word("versions", locale).format(count=len(days), first=first, last=last)
    return listed([_version(policy_id, *held) for held in days], locale)


def _version(policy_id: str, since: date, known_on: date) -> str:
    anchor = version_anchor(version_link(policy_id, since, known_on))
    return f"[{since}]({policy_page_of(policy_id)}#{anchor})"


def clause_links(clause: str, up: str) -> str:
    """
    Return a clause with each place of the source texts as a link to what it asks for.

    Args:
        clause: Such as `K9.1, S5.2; G10`.
        up: From the page with the link to the folder of its language.
    """
    known = places()

    def linked(found: re.Match[str]) -> str:
        place = found.group()
        return f"[{place}]({up}{book_page(place_address(place))})" if place in known else place

    return _PLACE.sub(linked, clause)
