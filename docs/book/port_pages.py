"""
The pages of the ports: promises in order, methods, suite, implementations.
"""

from __future__ import annotations

from collections.abc import Iterable

from book.labels import label, word
from book.pieces import folded, joined, page, table
from book.port_docs import PortDoc

__all__ = ["port_page", "ports_page"]


def ports_page(ports: Iterable[PortDoc], locale: str) -> str:
    """Return the list of ports."""
    rows = [
        (f"[`{port.name}`](ports/{port.name}.md)", port.meaning[locale].partition("\n")[0])
        for port in ports
    ]
    return page(
        word("ports", locale), word("ports_lead", locale), table(("port", "meaning"), rows, locale)
    )


def port_page(port: PortDoc, locale: str) -> str:
    """Return the page of one port."""
    module, contract = port.contract
    promises = [
        (str(place), promise.says[locale], f"`{promise.test}`")
        for place, promise in enumerate(port.promises, start=1)
    ]
    methods = [(f"`{call}`", says[locale]) for call, says in port.methods]
    made = [(f"`{where}.{name}`", says[locale]) for where, name, says in port.implementations]
    proved = [(f"`{test}`", says[locale]) for test, says in port.proved]
    return joined(
        f"# `{port.name}`",
        port.meaning[locale],
        f"- {label('imported_from', locale)}`{port.module}`\n"
        f"- {label('suite', locale)}`{module}.{contract}`\n"
        f"- {label('how_to', locale)}[{word('own_journal', locale)}]"
        "(../../../how-to/bring-your-own-journal.md)",
        f"## {word('promises', locale)}",
        word("promises_lead", locale),
        table(("number", "promise", "proved_by"), promises, locale),
        f"## {word('methods', locale)}",
        table(("call", "meaning"), methods, locale),
        f"## {word('implementations', locale)}",
        table(("implementation", "meaning"), made, locale),
        folded(
            f"{word('suite_runs', locale)} ({len(proved)})",
            table(("test", "stands_on"), proved, locale),
        ),
    )
