"""
Policy files: TOML in, policies out, or every fault with its path.

A bank's own files and the shipped ones go through the same code, and so does a kept text (see
`kept`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from bankservice.core.citation import Approval, Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import Fault, FaultsError, PolicyError, UnknownNameError, near_names
from bankservice.core.plain import canonical, digest, to_json
from bankservice.core.policy import (
    DeclaredFact,
    Faults,
    Kind,
    Library,
    Policy,
    PolicyRef,
    Title,
    Version,
)
from bankservice.core.structure import POLICY, Reader

__all__ = ["POLICY_ID", "Head", "VersionHead", "derive", "parse_toml", "read_policy"]

POLICY_ID = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)+")


@attrs.frozen(kw_only=True)
class Head:
    """
    The top of a policy file.

    Attributes:
        id: Named for the regime, not for today's instrument: words in lower case, with strokes.
        kind: Kind of policy: which keys its versions have.
        version: The versions, in any order.
        title: What people read; the id where left out.
    """

    id: str
    kind: str
    version: tuple[Any, ...]
    title: Title | None = None


@attrs.frozen(kw_only=True)
class VersionHead:
    """
    The keys that every version of every kind of policy has.

    Attributes:
        since: First day the version is in force.
        source: Where the numbers come from: `text`, `checked` (`text`, `secondary` or `own`), and
            `clause`, `issuer`, `number`, `url`, `published_on`, `read_on`, `note`.
        known_on: Day it was published or approved; `since` where left out.
        ends_on: Repeal: first day the version is no longer in force.
        approval: Who approved it (`by`), when (`on`), in which `document`.
        applies_to: The cohort it is for, as a condition over customer facts; everybody where left
            out.
        fact: Facts the version asks for beyond those of its kind: `name`, `type`, `tree`, `title`.
    """

    since: date
    source: Citation
    known_on: date | None = None
    ends_on: date | None = None
    approval: Approval | None = None
    applies_to: Condition | None = None
    fact: tuple[DeclaredFact, ...] = ()


_HEAD_KEYS = tuple(field.name for field in attrs.fields(VersionHead))


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """
    Return a TOML document, numbers exact.

    Raises:
        PolicyError: Where it is not TOML; the message names line and column.
    """
    if text.startswith("\ufeff"):
        wanted = "UTF-8 without one: TOML knows none, so save the file again as plain UTF-8"
        raise PolicyError(where, (Fault("", "a byte order mark before the text", wanted),))
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Beside TOML's own errors: numbers too long, arrays too deep.
        raise PolicyError(
            where, (Fault("", "text that is not TOML", f"valid TOML: {error}"),)
        ) from None


def read_policy(
    raw: Mapping[str, Any],
    where: str,
    kinds: Mapping[str, Kind[Any, Any]],
    library: Library,
    *,
    reader: Reader = POLICY,
) -> Policy[Any]:
    """
    Return the policy that a parsed file holds.

    Args:
        raw: The file as TOML gives it.
        where: Name of the file, for messages.
        kinds: The kinds there are, by name.
        library: Finds linked policies.
        reader: How values stand: `POLICY` for TOML, `FACTS` for kept JSON.

    Raises:
        PolicyError: With every fault; nothing of the file is taken.
    """
    faults: list[Fault] = []
    tables = raw.get("version", ())
    if not isinstance(tables, (list, tuple)) or not tables:
        got = repr(tables) if tables else "nothing"
        faults.append(Fault("version", got, "one or more [[version]] tables"))
        tables = ()
    # A fault in the head must not hide those in the versions.
    head = _try({**raw, "version": ()}, Head, "", reader, faults)
    policy_id, kind_name = raw.get("id"), raw.get("kind")
    if isinstance(policy_id, str) and POLICY_ID.fullmatch(policy_id) is None:
        faults.append(Fault("id", repr(policy_id), "an id like 'acme/tiers' in lower case"))
    kind = kinds.get(kind_name) if isinstance(kind_name, str) else None
    if isinstance(kind_name, str) and kind is None:
        near = near_names(kind_name, kinds)
        faults.append(Fault("kind", repr(kind_name), "a kind of policy", near))
    if kind is None:
        raise PolicyError(where, tuple(faults))
    policy_id = str(policy_id)
    title = (head and head.title) or Title(en=policy_id, zh=policy_id)
    versions: list[Version[Any]] = []
    for index, table in enumerate(tables):
        version = _version(
            policy_id, title, table, f"version[{index}]", kind, library, reader, faults
        )
        if version is not None:
            versions.append(version)
    # Of two versions of the same days, that of a cohort comes after that for everybody, so it wins.
    versions.sort(key=lambda version: (version.ref.since, version.ref.known_on, version.cohort))
    faults.extend(_clashes(versions))
    if not faults and kind.join is not None:
        collected = Faults()
        versions = list(kind.join(policy_id, tuple(versions), collected))
        faults.extend(collected)
    if faults:
        raise PolicyError(where, tuple(faults))
    return Policy(policy_id, kind, title, tuple(versions))


def _version(
    policy_id: str,
    title: Title,
    table: Any,
    path: str,
    kind: Kind[Any, Any],
    library: Library,
    reader: Reader,
    faults: list[Fault],
) -> Version[Any] | None:
    before = len(faults)
    if not isinstance(table, Mapping):
        faults.append(Fault(path, repr(table), "a [[version]] table"))
        return None
    own_keys = tuple(field.name for field in attrs.fields(kind.schema))
    for key in table:
        if key not in _HEAD_KEYS and key not in own_keys:
            near = near_names(key, (*_HEAD_KEYS, *own_keys))
            faults.append(Fault(f"{path}.{key}", "an unknown key", f"a key of {kind.name}", near))
    common = _try(
        {k: v for k, v in table.items() if k in _HEAD_KEYS}, VersionHead, path, reader, faults
    )
    own = {key: value for key, value in table.items() if key in own_keys}
    written = _try(own, kind.schema, path, reader, faults)
    if common is not None:
        _check_head(common, kind, library, path, faults)
    collected = Faults(path)
    if written is None:
        faults.extend(_behind(own, path, kind, library, reader, faults[before:]))
        return None
    parameters = kind.build(written, collected, library)
    faults.extend(collected)
    if common is None or len(faults) > before:
        return None
    return _built(policy_id, title, kind, common, written, parameters, library)


def _behind(
    own: Mapping[str, Any],
    path: str,
    kind: Kind[Any, Any],
    library: Library,
    reader: Reader,
    found: list[Fault],
) -> list[Fault]:
    """
    Return the faults of sense that stand behind faults of form.

    What could not be read is left out and the rest is checked, so that a writer hears everything
    at once; what only follows from the leaving out is not told.
    """
    gone = [fault.path.removeprefix(f"{path}.") for fault in found]
    try:
        rest = reader.read(_without(own, [_steps(step) for step in gone]), kind.schema, path)
    except FaultsError:
        return []
    collected = Faults()
    kind.build(rest, collected, library)
    return [
        attrs.evolve(fault, path=f"{path}.{fault.path}")
        for fault in collected
        if not any(step.startswith(fault.path) for step in gone)
    ]


def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(
        int(step[1:-1]) if step.startswith("[") else step
        for step in re.findall(r"\[\d+\]|[^.\[\]]+", path)
    )


def _without(raw: Any, gone: list[tuple[str | int, ...]]) -> Any:
    if isinstance(raw, Mapping):
        parts = {key: value for key, value in raw.items() if (key,) not in gone}
        return {
            key: _without(value, [step[1:] for step in gone if step[:1] == (key,)])
            for key, value in parts.items()
        }
    if isinstance(raw, list):
        return [
            _without(value, [step[1:] for step in gone if step[:1] == (index,)])
            for index, value in enumerate(raw)
            if (index,) not in gone
        ]
    return raw


def _try(
    raw: Mapping[str, Any], kind: type[Any], path: str, reader: Reader, faults: list[Fault]
) -> Any:
    try:
        return reader.read(raw, kind, path)
    except FaultsError as error:
        faults.extend(
            attrs.evolve(fault, path=".".join(part for part in (path, fault.path) if part))
            for fault in error.faults
        )
        return None


def _check_head(
    head: VersionHead, kind: Kind[Any, Any], library: Library, path: str, faults: list[Fault]
) -> None:
    if head.ends_on is not None and head.ends_on <= head.since:
        faults.append(
            Fault(f"{path}.ends_on", str(head.ends_on), f"a day after since ({head.since})")
        )
    if head.approval is not None and head.known_on is not None and head.approval.on > head.known_on:
        faults.append(
            Fault(
                f"{path}.approval.on",
                str(head.approval.on),
                f"a day up to known_on ({head.known_on})",
            )
        )
    known = dict(kind.cohort)
    for index, fact in enumerate(head.fact):
        place = f"{path}.fact[{index}]"
        if fact.name in known:
            faults.append(Fault(f"{place}.name", repr(fact.name), "a name that is not taken"))
        if fact.tree:
            _tree(library, fact.tree, head.since, f"{place}.tree", faults)
        elif fact.type == "code":
            faults.append(Fault(f"{place}.tree", "nothing", "the id of a vocabulary"))
        known[fact.name] = FactType(fact.type, fact.tree)
    if head.applies_to is not None:
        faults.extend(head.applies_to.faults(known, f"{path}.applies_to"))
        for comparison in head.applies_to.comparisons():
            used = known.get(comparison.fact)
            if used is not None and used.tree and comparison.operator in ("within", "equals", "in"):
                _check_codes(
                    library, used.tree, head.since, comparison.wanted, f"{path}.applies_to", faults
                )


def _tree(
    library: Library, policy_id: str, day: date, path: str, faults: list[Fault]
) -> Mapping[str, Any] | None:
    try:
        policy = library.get(policy_id)
    except UnknownNameError as error:
        faults.append(
            Fault(path, repr(policy_id), "the id of a policy that is loaded or shipped", error.near)
        )
        return None
    version = policy.select(day)
    if policy.kind.name != "vocabulary.tree" or not isinstance(version, Version):
        faults.append(Fault(path, repr(policy_id), f"a vocabulary that is in force on {day}"))
        return None
    tree: Mapping[str, Any] = version.parameters
    return tree


def _check_codes(
    library: Library, tree: str, day: date, wanted: object, path: str, faults: list[Fault]
) -> None:
    codes = _tree(library, tree, day, path, faults)
    if codes is None:
        return
    faults.extend(
        Fault(path, repr(code), f"a code of {tree}", near_names(str(code), codes))
        for code in (wanted if isinstance(wanted, tuple) else (wanted,))
        if code not in codes
    )


def _built(
    policy_id: str,
    title: Title,
    kind: Kind[Any, Any],
    head: VersionHead,
    written: Any,
    parameters: Any,
    library: Library,
) -> Version[Any]:
    head = attrs.evolve(head, known_on=head.known_on or head.since)
    assert head.known_on is not None, "set on the line above"
    content = {
        "kind": kind.name,
        "applies_to": to_json(head.applies_to),
        "fact": to_json(head.fact, for_digest=True),
        "parameters": to_json(written, for_digest=True),
    }
    text = {
        "id": policy_id,
        "kind": kind.name,
        "title": to_json(title),
        "version": [{**to_json(head), **to_json(written)}],
    }
    trees = {**{n: f.tree for n, f in kind.cohort.items()}, **{f.name: f.tree for f in head.fact}}

    def within(fact: str, code: str, ancestor: str, day: date = head.since) -> bool:
        tree = library.get(trees[fact]).on(day).parameters
        return bool(tree.within(code, ancestor))

    return Version(
        ref=PolicyRef(policy_id, head.since, head.known_on, digest(content)),
        kind=kind,
        title=title,
        ends_on=head.ends_on,
        source=head.source,
        approval=head.approval,
        applies_to=head.applies_to,
        facts=head.fact,
        written=written,
        parameters=parameters,
        within=within,
        text=canonical(text),
    )


def _clashes(versions: list[Version[Any]]) -> Iterable[Fault]:
    seen: dict[tuple[date, date, str], int] = {}
    for index, version in enumerate(versions):
        key = (version.ref.since, version.ref.known_on, version.cohort)
        if key in seen:
            yield Fault(
                f"version since {version.ref.since}",
                f"two versions known on {version.ref.known_on}",
                "one; a correction has a later known_on",
            )
        seen[key] = index


def derive(
    policy: Policy[Any],
    policy_id: str,
    *,
    since: date,
    source: Citation,
    library: Library,
    title: Title | None = None,
    **changed: Any,
) -> Policy[Any]:
    """
    Return a policy of one version: the newest of *policy* with some parameters changed.

    Args:
        policy: What to start from.
        policy_id: Id of the result.
        since: First day of the result.
        source: Where the changed numbers come from; there is no default.
        library: Finds linked policies.
        title: Title of the result; that of *policy* where left out.
        **changed: Parameters as written, by name.

    Raises:
        PolicyError: If the result has faults.
        TypeError: If a parameter is not known.
    """
    written = attrs.evolve(policy.versions[-1].written, **changed)
    faults = Faults()
    parameters = policy.kind.build(written, faults, library)
    if len(faults):
        raise PolicyError(policy_id, tuple(faults))
    newest = policy.versions[-1]
    head = VersionHead(since=since, source=source, applies_to=newest.applies_to, fact=newest.facts)
    version = _built(
        policy_id, title or policy.title, policy.kind, head, written, parameters, library
    )
    versions: tuple[Version[Any], ...] = (version,)
    if policy.kind.join is not None:
        versions = policy.kind.join(policy_id, versions, faults)
    return Policy(policy_id, policy.kind, version.title, versions)
