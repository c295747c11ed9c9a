"""The commands on the dated calendars: `bankservice calendars list, show, diff, refresh`."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from babel.dates import format_date

from bankservice.calendars import Region, region, regions
from bankservice.calendars.source import Library
from bankservice.calendars.writing import Difference, differences, missing, refresh, written
from bankservice.cli.answering import JSON, say_json, told
from bankservice.core.holidays import HolidayTable, public_holidays
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version

__all__ = ["calendars"]

LOCALE = click.option(
    "--locale",
    default="en",
    show_default=True,
    type=click.Choice(["en", "zh_CN"]),
    help="Language of the names.",
)
FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of your own calendars, which come before the shipped ones.",
)


@click.group()
def calendars() -> None:
    """Look at public holidays by place and year, and bring them up to date."""


def _chosen(names: tuple[str, ...]) -> tuple[Region, ...]:
    """Return the regions named, each once; all of them where none is."""
    return tuple(dict.fromkeys(region(name) for name in names)) or regions()


def _years(policy: Policy[HolidayTable]) -> tuple[int, int]:
    return policy.versions[0].since.year, policy.versions[-1].since.year


def _through(policy: Policy[HolidayTable]) -> date:
    held = public_holidays(policy)
    assert held is not None, "a file has a version"
    return held.known_through


@calendars.command("list")
@LOCALE
@FOLDER
@JSON
@told
def list_regions(locale: str, folder: Path | None, as_json: bool) -> None:
    """List the regions, with the years written and the last day that is known."""
    rows: list[dict[str, Any]] = []
    for held in regions():
        policy = written(held, folder)
        rows.append(
            {
                "id": held.id,
                "title": {"en": held.title.en, "zh": held.title.zh},
                "holidays": held.holidays_id,
                "calendar": held.calendar_id,
                "years": list(_years(policy)),
                "known_through": str(_through(policy)),
                "because": held.because,
            }
        )
        if not as_json:
            first, last = _years(policy)
            name = held.title.of(locale)
            click.echo(f"{held.id:20} {first}–{last}  known through {_through(policy)}  {name}")
    if as_json:
        say_json(rows)


@calendars.command()
@click.argument("name", metavar="REGION")
@click.option("--year", type=int, help="Only this year.")
@LOCALE
@FOLDER
@JSON
@told
def show(name: str, year: int | None, locale: str, folder: Path | None, as_json: bool) -> None:
    """
    Show the public holidays and make-up working days of REGION.

    A year whose days were announced late stands there as often as it was known differently.
    """
    held = region(name)
    policy = written(held, folder)
    versions = [v for v in policy.versions if year in (None, v.since.year)]
    if not versions:
        first, last = _years(policy)
        raise ValueError(
            f"the days of {held.id} are known for {first} to {last}, not for {year}; "
            "`bankservice calendars refresh` adds a year once it is announced."
        )
    if as_json:
        say_json([_plain(version) for version in versions])
        return
    click.echo(f"{policy.id}: {policy.title.of(locale)}, known through {_through(policy)}")
    for version in versions:
        source = version.source
        click.echo(f"\n{version.since.year}, known {version.ref.known_on}")
        click.echo(f"  source: {source.label()} [{source.checked}] {source.url}")
        for sign, days in (("-", version.parameters.days), ("+", version.parameters.make_up)):
            for day in days:
                weekday = format_date(day.on, "EEE", locale)
                named = day.name.of(locale) if day.name else ""
                click.echo(f"  {sign} {day.on} {weekday}  {named}".rstrip())


def _plain(version: Version[HolidayTable]) -> dict[str, Any]:
    plain: dict[str, Any] = to_json(version.parameters)
    return {
        "since": str(version.since),
        "known_on": str(version.ref.known_on),
        "source": to_json(version.source),
        "days": plain["days"],
        "make_up": plain["make_up"],
    }


def _told(difference: Difference) -> str:
    named = f"  {difference.name.en}" if difference.name else ""
    return f"{difference.on} {difference.written} → {difference.source}{named}"


def _differing(difference: Difference) -> dict[str, Any]:
    plain: dict[str, Any] = to_json(difference)
    return plain


@calendars.command()
@click.argument("names", metavar="[REGION]...", nargs=-1)
@FOLDER
@JSON
@told
def diff(names: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """
    Tell what the installed library `holidays` has that is not written: days, and whole years.

    All regions where none is named. A name that differs is not told: it moves no deadline. Exit
    codes: 0 nothing, 1 something, 2 it could not be compared.
    """
    chosen, source = _chosen(names), Library()
    rows: list[dict[str, Any]] = []
    for held in chosen:
        found = differences(held, source, folder=folder)
        years = missing(held, folder=folder)
        if found or years:
            rows.append(
                {"id": held.id, "days": [_differing(each) for each in found], "years": years}
            )
        if not as_json:
            for each in found:
                click.echo(f"{held.id}: {_told(each)}")
            for year in years:
                click.echo(f"{held.id}: {year} is not written")
    if as_json:
        say_json({"source": source.edition, "regions": rows})
    else:
        click.echo(f"{source.edition}: {len(rows)} of {len(chosen)} regions differ")
    sys.exit(1 if rows else 0)


@calendars.command("refresh")
@click.argument("names", metavar="[REGION]...", nargs=-1)
@click.option(
    "--on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the data are read: it is cited, and a correction is known from it on.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; the shipped files themselves where left out.",
)
@click.option("--through", type=int, help="Last year to add, once you know that it is announced.")
@click.option(
    "--correct", is_flag=True, help="Correct years that differ, by a version known from --on on."
)
@JSON
@told
def refresh_regions(
    names: tuple[str, ...],
    on: datetime,
    into: Path | None,
    through: int | None,
    correct: bool,
    as_json: bool,
) -> None:
    """
    Add the years that are not written yet, from the installed library `holidays`.

    All regions where none is named. What is written stays as it is; days that differ are told on
    standard error, and with --correct a version that is known later is added. Each file is written
    whole or not at all, and one that needs nothing is not touched.
    """
    done = refresh(
        _chosen(names), Library(), on=on.date(), into=into, through=through, correct=correct
    )
    for each in done:
        for left in each.left:
            click.echo(f"{each.region.id}: left as it is: {_told(left)}", err=True)
        for day in each.unnamed:
            click.echo(f"{each.region.id}: {day} has no Chinese name", err=True)
    if as_json:
        say_json(
            [
                {
                    "id": each.region.id,
                    "added": each.added,
                    "corrected": each.corrected,
                    "left": [_differing(left) for left in each.left],
                    "unnamed": [str(day) for day in each.unnamed],
                }
                for each in done
            ]
        )
        return
    for each in done:
        for what, years in (("added", each.added), ("corrected", each.corrected)):
            if years:
                click.echo(f"{each.region.id}: {what} {', '.join(map(str, years))}")
    changed = sum(bool(each.added or each.corrected) for each in done)
    click.echo(f"{changed} of {len(done)} regions changed")
