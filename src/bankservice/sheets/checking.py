"""
Faults of policies and case tables, told by the cells they stand in.

The faults are those of `policies validate` and `check`; only their paths are turned into cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from pathlib import Path as FilePath
from typing import Any, Final

import attrs

from bankservice import policies
from bankservice.core.errors import (
    BankServiceError,
    Fault,
    FaultsError,
    PolicyError,
    UnknownNameError,
)
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Record
from bankservice.core.shelf import LINKS, PolicyShelf
from bankservice.core.structure import FACTS, POLICY
from bankservice.sheets.grid import Place
from bankservice.sheets.reading import Found
from bankservice.sheets.values import Document, Keys, Path
from bankservice.testing.case_forms import Row, Scenario, Step, Table
from bankservice.testing.cases import Case

__all__ = ["faults_of", "is_table"]

_SINCE: Final = re.compile(r"version since (\d{4}-\d\d-\d\d)(?:\.(.+))?")
_QUOTED: Final = re.compile(r"'([^']+)'")


def is_table(document: Mapping[str, Any]) -> bool:
    """Tell whether a file is a case table; any other is a policy."""
    return "rule" in document or "record" in document or "case" in document


def faults_of(
    files: Mapping[str, Found], folder: FilePath, own: Iterable[Policy[Any]] = ()
) -> list[Fault]:
    """
    Return every fault of the files of a workbook, by cell.

    Args:
        files: Name → what the sheets say.
        folder: Where they will stand; what they name and the workbook has not is looked for there.
        own: Policies that are to be at hand beside the shipped ones.
    """
    room = _Room(files, folder, policies.shelf().with_policies(own))
    faults = room.load()
    for name, found in files.items():
        if is_table(found.document):
            faults += [_told(fault, found) for fault in room.of_table(name, found)]
    return faults


class _Room:
    """The policies of a workbook, loaded in whatever order they link each other."""

    def __init__(self, files: Mapping[str, Found], folder: FilePath, shelf: PolicyShelf) -> None:
        self._files = files
        self._folder = folder
        self._shelf = shelf
        self._held: dict[str, Policy[Any]] = {}
        self._beside: dict[str, Policy[Any]] = {}

    def load(self) -> list[Fault]:
        """Load the policies; return their faults."""
        waiting = [name for name, found in self._files.items() if not is_table(found.document)]
        while True:
            faults: list[Fault] = []
            left: list[str] = []
            for name in waiting:
                found = self._files[name]
                try:
                    self._held[name] = self._read(name, found.document)
                except FaultsError as error:
                    left.append(name)
                    faults += [_told(fault, found) for fault in error.faults]
            if len(left) == len(waiting):
                return faults or [
                    Fault(name, "policies that link each other in a circle", "none that do")
                    for name in left
                ]
            waiting = left

    @property
    def shelf(self) -> PolicyShelf:
        """The policies at hand: those of the workbook, of the folder, own ones and shipped ones."""
        return self._shelf.with_policies([*self._beside.values(), *self._held.values()])

    def _read(self, name: str, document: Document) -> Policy[Any]:
        raw = deepcopy(document)
        versions = raw.get("version")
        for place, version in enumerate(versions if isinstance(versions, list) else ()):
            for link in LINKS if isinstance(version, dict) else ():
                file = version.pop(f"{link}_file", None)
                if file is not None:
                    path = f"version[{place}].{link}_file"
                    version[link] = self.beside(file, path).id
        shelf = self.shelf
        return read_policy(raw, name, shelf.kinds, shelf)

    def beside(self, file: object, path: str) -> Policy[Any]:
        """
        Return the policy a file names as one beside it.

        Raises:
            PolicyError: If there is none, or it has faults.
        """
        if isinstance(file, str) and file in self._held:
            return self._held[file]
        if isinstance(file, str) and file in self._files:
            # Its own faults are told where they stand.
            raise PolicyError("the workbook", ())
        wanted = f"a policy file in this workbook or in {self._folder}"
        if not isinstance(file, str) or not (self._folder / file).is_file():
            raise PolicyError("the workbook", (Fault(path, repr(file), wanted),))
        if file not in self._beside:
            try:
                self._beside[file] = self.shelf.load(self._folder / file)
            except FaultsError as error:
                got = f"{file}, which has faults ({error.faults[0]})"
                raise PolicyError("the workbook", (Fault(path, got, wanted),)) from None
        return self._beside[file]

    def _settle(self, files: Iterable[str]) -> None:
        """Load files that may link each other, in whatever order a table names them."""
        for _ in files:
            for file in files:
                # What is still wrong once every other file is there is told where it is asked for.
                with suppress(FaultsError):
                    self.beside(file, "")

    # --- case tables ----------------------------------------------------------------------------

    def of_table(self, name: str, found: Found) -> Iterator[Fault]:
        """Yield the faults of a case table, by path."""
        document = found.document
        try:
            table = POLICY.read(document, Table, name)
        except FaultsError as error:
            yield from error.faults
            return
        if bool(table.rule) == bool(table.record):
            got = "both rule and record" if table.rule else "neither rule nor record"
            yield Fault("rule", got, "one of them")
            return
        if not table.case:
            yield Fault("case", "no case", "one or more")
        held: list[Policy[Any]] = []
        faults: list[Fault] = []
        is_whole = True
        self._settle(table.policy_files)
        for path, source, is_file in _named(table):
            try:
                held.append(self.beside(source, path) if is_file else self.shelf.get(source))
            except UnknownNameError as error:
                faults.append(Fault(path, repr(source), "the id of a policy", error.near))
            except FaultsError as error:
                faults += error.faults
                is_whole = False
        try:
            asked = policies.rule(table.rule) if table.rule else _record(table.record)
        except UnknownNameError as error:
            key = "rule" if table.rule else "record"
            faults.append(Fault(key, repr(error.name), f"a {key} there is", error.near))
            asked = None
        yield from faults
        if asked is None:
            return
        for place, raw in enumerate(table.case):
            path = f"case[{place}]"
            formal = list(
                _of_scenario(raw, path, asked)
                if isinstance(asked, Record)
                else _of_case(raw, path, asked.facts)
            )
            yield from formal
            if not formal and not faults and is_whole:
                case = Case(name, raw, table, self.shelf, tuple(held))
                yield from _of_run(case, path, found)


def _named(table: Table) -> Iterator[tuple[str, str, bool]]:
    """Yield where a table names its policies, what it names, and whether that is a file."""
    if table.policy:
        yield "policy", table.policy, False
    if table.policy_file:
        yield "policy_file", table.policy_file, True
    for place, policy in enumerate(table.policies):
        yield f"policies[{place}]", policy, False
    for place, file in enumerate(table.policy_files):
        yield f"policy_files[{place}]", file, True


def _record(kind: str) -> Record[Any]:
    known = {record.kind: record for record in policies.records()}
    if kind not in known:
        raise UnknownNameError("record", kind, known)
    return known[kind]


def _below(error: FaultsError, path: str) -> Iterator[Fault]:
    for fault in error.faults:
        inner = fault.path.lstrip(".")
        joined = f"{path}.{inner}" if inner and not inner.startswith("[") else f"{path}{inner}"
        yield attrs.evolve(fault, path=joined)


def _of_case(raw: Any, path: str, facts: type[Any]) -> Iterator[Fault]:
    try:
        POLICY.read(raw, Row, path)
    except FaultsError as error:
        yield from _below(error, path)
    if isinstance(raw, Mapping) and "facts" in raw:
        try:
            FACTS.read(raw["facts"], facts, path)
        except FaultsError as error:
            yield from _below(error, f"{path}.facts")


def _of_scenario(raw: Any, path: str, record: Record[Any]) -> Iterator[Fault]:
    try:
        scenario = POLICY.read(raw, Scenario, path)
    except FaultsError as error:
        yield from _below(error, path)
        return
    codes = [str(code.value) for code in record.refusals]
    for place, step in enumerate(scenario.step):
        where = f"{path}.step[{place}]"
        if not isinstance(step, Mapping):
            yield Fault(where, repr(step), "a table")
            continue
        body = step.get("with", {})
        try:
            read = POLICY.read({k: v for k, v in step.items() if k != "with"}, Step, where)
        except FaultsError as error:
            yield from _below(error, where)
            continue
        if read.refused is not None and read.refused not in codes:
            near = UnknownNameError("refusal", read.refused, codes).near
            yield Fault(f"{where}.refused", repr(read.refused), "a refusal of the record", near)
        if read.do is not None:
            yield from _of_command(read.do, body, where, record)


def _of_command(do: str, body: Any, where: str, record: Record[Any]) -> Iterator[Fault]:
    if do not in record.commands:
        near = UnknownNameError("command", do, record.commands).near
        yield Fault(f"{where}.do", repr(do), f"a command of {record.kind}", near)
        return
    if not isinstance(body, Mapping):
        yield Fault(f"{where}.with", repr(body), "a table")
        return
    fields = {field.name for field in attrs.fields(record.commands[do])}
    # When it happened may stand beside what the command is told.
    told = {
        key: value for key, value in body.items() if key != "at" and (key != "on" or key in fields)
    }
    try:
        record.command(do, told)
    except FaultsError as error:
        yield from _below(error, f"{where}.with")


def _of_run(case: Case, path: str, found: Found) -> Iterator[Fault]:
    """Yield why a case cannot be run; one that runs and fails is no fault of the table."""
    try:
        bad = case.run().bad
    except BankServiceError as error:
        bad = str(error)
    if not bad:
        return
    # What the message names in quotation marks may stand in a cell of the case: as its key, or as
    # what only one cell says.
    names = set(_QUOTED.findall(bad))
    own = {place: _text(place) for place in found.places if _text(place).startswith(f"{path}.")}
    keyed = [t for p, t in own.items() if names & {t, *map(str, p), t[len(path) + 1 :]}]
    saying = [t for p, t in own.items() if names & _words(found.document, p)]
    if keyed or len(saying) == 1:
        path = (keyed or saying)[0]
    yield Fault(path, f"a case that cannot be run ({bad})", "one that can")


def _words(document: Document, path: Path) -> set[str]:
    """Return the words a cell says: its text, or those of its list."""
    value: Any = document
    for step in path:
        value = value[step]
    return {word for word in (value if isinstance(value, list) else [value]) if type(word) is str}


# --- paths to cells -----------------------------------------------------------------------------


def _text(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _told(fault: Fault, found: Found) -> Fault:
    """Return a fault with its cell as its path, and what of the path the cell does not say."""
    known = {_text(path): path for path in found.places}
    head = fault.path.strip(".")
    dated = _SINCE.fullmatch(head)
    if dated is not None:
        days = [str(version.get("since")) for version in found.document.get("version", ())]
        if dated[1] in days:
            # Which of two versions of one day is meant, the path does not say.
            part = dated[2] if dated[2] and days.count(dated[1]) == 1 else "since"
            head = f"version[{days.index(dated[1])}].{part}"
    # A table told by its parts has no cell of its own; its first part stands for it.
    within = next((t for t in known if t.startswith((f"{head}.", f"{head}["))), "")
    if head not in known and within:
        return attrs.evolve(fault, path=f"{found.places[known[within]]} ({head})")
    whole = head
    while head and head not in known:
        head = head[: max(head.rfind("."), head.rfind("["), 0)]
    path = known.get(head, ())
    rest = whole[len(head) :].lstrip(".")
    at = found.places.get(path, Place("the workbook"))
    columns = found.columns.get(path, {})
    lacking = next((keys for keys in columns if _starts(rest, keys)), None)
    if lacking is not None:
        at = columns[lacking]
        rest = rest[len(_text(lacking)) :].lstrip(".")
    return attrs.evolve(fault, path=f"{at} ({rest})" if rest else str(at))


def _starts(rest: str, keys: Keys) -> bool:
    text = _text(keys)
    return rest == text or rest.startswith((f"{text}.", f"{text}["))
