"""
Sentences for reasons, made last and in the reader's language.

Rules never format. Each package with reasons has `wording/en.po` and `wording/zh_CN.po` with one
message per code; the placeholders are the names of the reason's facts. Values are formatted by
their type after CLDR. The catalogues are read when words are first asked for. A bank that speaks
another language brings a `Wording` of its own (`own.read_wording`) and passes it in place of the
name of a locale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final, Literal, TypeAlias

import attrs
from babel import Locale, UnknownLocaleError, dates, lists, numbers, units
from babel.messages.pofile import read_po

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.decision import Check, Counted, Explanation, Reason
from bankservice.core.errors import UnknownNameError
from bankservice.core.money import Money, digits_of, plain
from bankservice.core.policy import PolicyRef, Title
from bankservice.core.unknown import Unknown

__all__ = [
    "LOCALES",
    "Spoken",
    "Wording",
    "cite",
    "explain",
    "locale_of",
    "placeholders",
    "sentence",
    "templates",
    "value",
]

LOCALES: Final = ("en", "zh_CN")
"""The locales every reason is worded in."""

_PACKAGE: Final = "bankservice.core"
_DIGITS: Final = 5_000
"""More than a whole number has that can be written as text."""
_PLACE = re.compile(r"\{(\w+)\}")


@attrs.frozen(eq=False)
class Wording:
    """
    A bank's own sentences, in one language.

    Attributes:
        locale: How values are written: dates, amounts, numbers.
        sentences: By package and code; every package that speaks must be there.
    """

    locale: Locale
    sentences: Mapping[str, Mapping[str, str]]

    def template(self, package: str, code: str) -> str:
        """
        Return the sentence of a code.

        Raises:
            UnknownNameError: If there are no sentences for *package*.
        """
        if package not in self.sentences:
            raise UnknownNameError(f"{self.locale} wording for", package, self.sentences)
        held = self.sentences[package]
        return held[code] if code in held else self.sentences[_PACKAGE][code]


Spoken: TypeAlias = Locale | Wording
"""What sentences are made in: a locale that is shipped, or a bank's own wording."""


@lru_cache(maxsize=16)
def locale_of(name: str) -> Locale:
    """
    Return the locale to format for, resolved once.

    Raises:
        UnknownNameError: If its language is not shipped, or it is no name of a locale.
    """
    language = name.replace("-", "_").split("_")[0]
    if language not in ("en", "zh"):
        raise UnknownNameError("wording for locale", name, LOCALES)
    try:
        return Locale.parse("zh_CN" if language == "zh" else name.replace("-", "_"))
    except (ValueError, UnknownLocaleError) as error:
        raise UnknownNameError("wording for locale", name, LOCALES) from error


@lru_cache(maxsize=64)
def templates(package: str, locale: str) -> Mapping[str, str]:
    """Return the sentences of *package* for one of `LOCALES`, by code."""
    raw = (files(package) / "wording" / f"{locale}.po").read_bytes()
    catalogue = read_po(BytesIO(raw), locale=locale, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def placeholders(template: str) -> frozenset[str]:
    """Return the names a template wants filled."""
    return frozenset(_PLACE.findall(template))


def _template(package: str, code: str, locale: Spoken) -> str:
    if isinstance(locale, Wording):
        return locale.template(package, code)
    name = "zh_CN" if locale.language == "zh" else "en"
    return templates(package, name).get(code) or templates(_PACKAGE, name)[code]


def value(held: Any, spoken: Spoken) -> str:
    """Return one value as people of a locale write it."""
    locale = spoken.locale if isinstance(spoken, Wording) else spoken
    match held:
        case bool():
            return _template(_PACKAGE, "yes" if held else "no", spoken)
        case None:
            return _template(_PACKAGE, "nothing", spoken)
        case Unknown():
            return _template(_PACKAGE, "not-known", spoken)
        case Enum():
            return str(held.value)
        case int() | Decimal():
            # Babel rounds in the context it finds, which may have too few digits.
            with localcontext(prec=_DIGITS):
                return str(numbers.format_decimal(held, locale=locale, decimal_quantization=False))
        case Fraction():
            with localcontext(prec=_DIGITS):
                hundredths = Decimal(round(held * 100)).scaleb(-2)
            return value(hundredths, locale)
        case Money():
            amount = Decimal(plain(held.minor, digits_of(held.currency)))
            with localcontext(prec=_DIGITS):
                return str(
                    numbers.format_currency(
                        amount, held.currency, locale=locale, decimal_quantization=False
                    )
                )
        case Counted():
            return f"{value(held.number, locale)} {held.unit.of(str(locale))}"
        case datetime():
            return str(dates.format_datetime(held, "medium", tzinfo=held.tzinfo, locale=locale))
        case date():
            return str(dates.format_date(held, "medium", locale=locale))
        case Period():
            parts = [(held.months, "duration-month"), (held.days, "duration-day")]
            # Babel has no long form for Chinese, whose short form is the same, and would show the
            # unit's id instead.
            length: Literal["short", "long"] = "short" if locale.language == "zh" else "long"
            words = [
                str(units.format_unit(n, unit, length=length, locale=locale))
                for n, unit in parts
                if n
            ]
            return lists.format_list(words, style="unit", locale=locale) if words else "0"
        case Title():
            return held.of(str(locale))
        case tuple():
            return lists.format_list([value(item, spoken) for item in held], locale=locale)
        case _:
            return str(held)


def sentence(reason: Reason, locale: Spoken, package: str) -> str:
    """Return the sentence for *reason*."""
    filled = {name: value(held, locale) for name, held in reason.facts}
    return _PLACE.sub(lambda found: filled[found.group(1)], _template(package, reason.code, locale))


def cite(ref: PolicyRef, source: Citation, locale: Spoken) -> str:
    """Return the line that names a policy version and its source, and how far it was read."""
    line = sentence(
        Reason("source", (("policy", ref.policy), ("since", ref.since), ("label", source.label()))),
        locale,
        _PACKAGE,
    )
    return (
        f"{line} {_template(_PACKAGE, 'unchecked', locale)}"
        if source.checked == "secondary"
        else line
    )


def _check(check: Check, locale: Spoken, package: str) -> str:
    mark = {True: "✓", False: "✗", None: "?"}[check.held]
    line = f"  {mark} {sentence(check.reason, locale, package)}"
    if check.held is None:
        line += _template(_PACKAGE, "unknown", locale)
    elif check.held is False and check.short is not None:
        line += sentence(Reason("short", (("short", check.short),)), locale, _PACKAGE)
    if check.source is not None and check.source.checked == "secondary":
        line += f" {_template(_PACKAGE, 'unchecked', locale)}"
    return line


def explain(explanation: Explanation, locale: str | Wording) -> str:
    """Return an explanation: the main reason, the checks, the sources."""
    resolved = locale_of(locale) if isinstance(locale, str) else locale
    lines = [sentence(explanation.headline, resolved, explanation.package)]
    lines.extend(_check(check, resolved, explanation.package) for check in explanation.checks)
    lines.extend(cite(ref, source, resolved) for ref, source in explanation.sources)
    return "\n".join(lines)
