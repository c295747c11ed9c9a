"""
The pages of places: business days, public holidays by year, what was announced late.
"""

from __future__ import annotations

import attrs
from book.bilingual import LOCALES, day, weekday
from book.labels import aside, bracketed, cited, label, word
from book.pieces import joined, page, table
from book.place_docs import DayDoc, PlaceDoc, YearDoc
from book.policy_pages import key_table
from book.reference import Reference
from permalinks import line_of, linked_since

from bankservice.core.citation import Citation
from bankservice.rule_book import policy_address

__all__ = ["place_page", "places_page"]


def places_page(reference: Reference, locale: str) -> str:
    """Return the list of places, with the ids of their policies and how far they are known."""
    rows = [
        (
            f"[{place.title[locale]}](calendars/{place.id}.md)",
            f"`{place.business_days}`",
            f"`{place.holidays}`",
            str(place.known_from.year),
            str(place.known_through),
            place.because[locale],
        )
        for place in reference.places
    ]
    head = ("place", "business_days", "holidays", "first_year", "known_through", "because")
    return page(word("places", locale), word("places_lead", locale), table(head, rows, locale))


def place_page(place: PlaceDoc, locale: str) -> str:
    """Return the page of one place: its business days, then its holidays, the last year first."""
    other = next(name for name in LOCALES if name != locale)
    parts = [
        f"# {place.title[locale]}",
        f"{place.title[other]} · `{place.business_days}` · `{place.holidays}`",
        "<br>".join(
            line_of(policy_address(held), locale) for held in (place.business_days, place.holidays)
        ),
        "\n".join(
            (
                f"- {label('known_through', locale)}{place.known_through}",
                f"- {label('because', locale)}{place.because[locale]}",
            )
        ),
        heading(word("business_days", locale)),
    ]
    for version in reversed(place.versions):
        since = linked_since(place.business_days, version.since, version.known_on)
        if len(place.versions) > 1:
            parts.append(f"### {word('since', locale)} {version.since}")
        parts.append(key_table(version, locale))
        told = (
            f"- {label('since', locale)}{since}",
            f"- {label('source', locale)}{cited(version.source, locale)}",
            f"- {label('digest', locale)}`{version.digest}`",
        )
        parts.append("\n".join(told))
    for year in place.years:
        parts += year_parts(year, locale)
    return joined(*parts, heading(word("versions", locale)), *versions_lines(place, locale))


def heading(text: str) -> str:
    """
    Return a heading of a place's page, which the search finds by its title only.

    The name of a holiday would else be found in every year of every place.
    """
    return f"## {text} {{ data-search-exclude }}"


def year_parts(year: YearDoc, locale: str) -> list[str]:
    """Return the section of one year."""
    rows = [
        (day(held.on, locale), weekday(held.on, locale), named(held, locale)) for held in year.days
    ]
    last = "holiday_or_work" if any(held.works for held in year.days) else "holiday"
    return [heading(str(year.year)), table(("day", "weekday", last), rows, locale)]


def named(held: DayDoc, locale: str) -> str:
    """Return what a day is, and when that became known where it was late."""
    name = held.name[locale] or word("make_up" if held.works else "unnamed", locale)
    if held.works:
        name = f"**{name}**" if held.struck_on is None else name
    if held.struck_on is not None:
        return aside(
            f"*{name}*", bracketed(f"{label('struck', locale)}{held.struck_on}", locale), locale
        )
    if held.known_on is not None:
        return aside(name, bracketed(f"{label('late', locale)}{held.known_on}", locale), locale)
    return name


def versions_lines(place: PlaceDoc, locale: str) -> list[str]:
    """Return where the lists of holidays are from, and a table with the days of each version."""
    lists = [held for year in place.years for held in year.lists]
    usual = lists[-1].source
    rows = [
        (
            linked_since(place.holidays, held.since, held.known_on),
            str(held.known_on),
            str(held.through),
            sourced(held.source, usual, locale),
            f"`{held.digest}`",
        )
        for held in lists
    ]
    head = ("since", "known", "known_through", "source", "digest")
    general = attrs.evolve(usual, clause="", note="")
    return [f"{label('source', locale)}{cited(general, locale)}", table(head, rows, locale)]


def sourced(source: Citation, usual: Citation, locale: str) -> str:
    """Return the source of one list: its clause where the rest is as usual."""
    told = source.clause if source.text == usual.text else cited(source, locale)
    return f"{told} {source.note}" if source.note else told
