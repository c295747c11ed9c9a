"""
A language of a bank's own: a folder of catalogues, one file for each package that speaks.

    blank("worktime", "fr")          # the file to fill in
    wording = read_wording("fr")     # core.po, worktime.po, …
    decision.explain(wording)

`core.po` holds what every explanation needs; of the domains a bank words those it uses. A file is
whole or refused: a sentence that is missing would be met by a customer first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, normalize, read_po

from bankservice.core.errors import Fault, FaultsError, UnknownNameError, near_names
from bankservice.core.wording import Wording, placeholders, templates

__all__ = ["blank", "read_wording", "speaking"]

_HOME: Final = "bankservice"
_CORE: Final = "core"


def speaking() -> tuple[str, ...]:
    """Return the packages that have sentences, `core` among them, by name."""
    held = (place.name for place in files(_HOME).iterdir() if _english(place.name))
    return tuple(sorted(held))


def _english(package: str) -> bool:
    return (files(_HOME) / package / "wording" / "en.po").is_file()


def blank(package: str, locale: str) -> str:
    """
    Return the catalogue of a package with nothing said yet: each code, and what English says.

    Args:
        package: Such as `core` or `worktime`.
        locale: Name of the locale, such as `fr` or `zh_TW`.

    Raises:
        UnknownNameError: If there is no such package or locale.

    Examples:
        >>> print(blank("worktime", "fr").partition("#. Working")[0])
        msgid ""
        msgstr ""
        "Language: fr\\n"
        "Content-Type: text/plain; charset=UTF-8\\n"
        <BLANKLINE>
        #. {amount} of working time from {start}: until {at}.
        msgid "ADDED"
        msgstr ""
        <BLANKLINE>
    """
    if package not in speaking():
        raise UnknownNameError("package with wording", package, speaking())
    head = f'msgid ""\nmsgstr ""\n"Language: {_locale(locale)}\\n"\n'
    parts = [f'{head}"Content-Type: text/plain; charset=UTF-8\\n"\n']
    for code, said in templates(f"{_HOME}.{package}", "en").items():
        lines = "\n".join(f"#. {line}".rstrip() for line in said.split("\n"))
        parts.append(f'{lines}\nmsgid {normalize(code)}\nmsgstr ""\n')
    return "\n".join(parts)


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError) as error:
        raise UnknownNameError("locale", name, ()) from error


def read_wording(folder: Path | str) -> Wording:
    """
    Return the wording that a folder holds.

    Args:
        folder: With `core.po` and a file for each package whose decisions are explained.

    Raises:
        FaultsError: If there is no `core.po`, a file is of no package that speaks, a sentence is
            missing, unsure (`fuzzy`), of an unknown code or with other placeholders than the
            English one, or the files are of several languages; all are listed.
        OSError: If the folder cannot be read.
    """
    place = Path(folder)
    faults: list[Fault] = []
    found: dict[str, Mapping[str, str]] = {}
    locales: dict[str, Locale] = {}
    for file in sorted(held for held in place.iterdir() if held.suffix == ".po"):
        if not _english(file.stem):
            near = near_names(file.stem, speaking())
            faults.append(Fault(file.name, "a file", "one named for a package with wording", near))
            continue
        catalogue = _catalogue(file, faults)
        if catalogue is None:
            continue
        faults.extend(_faults(file, catalogue))
        found[f"{_HOME}.{file.stem}"] = MappingProxyType(
            {str(message.id): str(message.string) for message in catalogue if message.id}
        )
        if catalogue.locale is None:
            faults.append(Fault(file.name, "no known Language in its head", "one such as fr"))
        else:
            locales[file.name] = catalogue.locale
    if not (place / f"{_CORE}.po").is_file():
        faults.append(Fault(f"{_CORE}.po", "no such file", "what every explanation needs"))
    if len(set(locales.values())) > 1:
        told = ", ".join(f"{name} {locale}" for name, locale in locales.items())
        faults.append(Fault("", told, "files of one language"))
    if faults:
        raise FaultsError(f"the wording in {place.name}", tuple(faults))
    return Wording(next(iter(locales.values())), MappingProxyType(found))


def _catalogue(file: Path, faults: list[Fault]) -> Catalog | None:
    try:
        return read_po(BytesIO(file.read_bytes()), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, LookupError) as error:
        faults.append(Fault(file.name, f"no catalogue ({error})", "a .po file in UTF-8"))
        return None


def _faults(file: Path, catalogue: Catalog) -> Iterator[Fault]:
    english = templates(f"{_HOME}.{file.stem}", "en")
    held = {str(message.id): message for message in catalogue if message.id}
    for code, said in english.items():
        message = held.get(code)
        text = "" if message is None else str(message.string).strip()
        where = f"{file.name}: {code}"
        if message is None or not text:
            yield Fault(where, "nothing", f"a sentence for {said!r}")
        elif message.fuzzy:
            yield Fault(where, "a sentence marked fuzzy", "one that somebody has confirmed")
        elif placeholders(text) != placeholders(said):
            yield Fault(where, _names(text), _names(said))
    for code in sorted(held.keys() - english.keys()):
        near = near_names(code, english)
        yield Fault(f"{file.name}: {code}", "an unknown code", "one that the package gives", near)


def _names(text: str) -> str:
    names = ", ".join(f"{{{name}}}" for name in sorted(placeholders(text)))
    return names or "no placeholder"
