"""The case tables of a release: run as they stand, and once more without what is released."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, PolicyError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import parse_toml
from bankservice.release.model import Proof, TableProof
from bankservice.testing import cases
from bankservice.testing.cases import BadTable, Case

__all__ = ["prove", "tables_beside"]

_BARE: Final = "no case table is there; *.policy.toml and bank.toml are none."


def prove(
    file: Path,
    policy: Policy[Any],
    before: Policy[Any],
    tables: Iterable[str | Path],
    without_each: Iterable[tuple[date, Policy[Any]]] = (),
) -> Proof:
    """
    Run the case tables named, and those beside the policy file that name it.

    Every case must pass. A case *touches* the policy where it is decided by the very file that is
    released; it *sees* the change where it fails without what is released. A path that holds no
    table is a bad one: who names it expects it to prove something.

    Args:
        file: The policy file.
        policy: What it holds.
        before: The same without what is released.
        tables: Tables, or folders of such, each run once; the policy file among them is no table.
        without_each: Since when a new version is in force, and the policy without it alone.
    """
    named = [(Path(path), tuple(cases.tables([path]))) for path in tables]
    bare = tuple((path.name or str(path), _BARE) for path, found in named if not found)
    proof = Proof(bad=bare)
    seen: set[int] = set()
    each = tuple(without_each)
    done: set[Path] = {file.resolve()}
    for path in (*(path for _, found in named for path in found), *tables_beside(file)):
        if path.resolve() in done:
            continue
        done.add(path.resolve())
        try:
            held = cases.read(path)
        except BadTable as error:
            proof = attrs.evolve(proof, bad=(*proof.bad, (path.name, " ".join(str(error).split()))))
            continue
        proof = _run(proof, file, path, held, policy, before)
        for place, (_, without) in enumerate(each):
            if place not in seen and any(_proves(case, policy, without) for case in held):
                seen.add(place)
    unseen = (since for place, (since, _) in enumerate(each) if place not in seen)
    return attrs.evolve(proof, unseen=tuple(unseen))


def _proves(case: Case, policy: Policy[Any], without: Policy[Any]) -> bool:
    """Tell whether a case passes, and fails under the policy without one version."""
    return policy in case.held and case.run().passed and _sees(case, policy, without)


def _run(
    proof: Proof,
    file: Path,
    path: Path,
    held: Iterable[Case],
    policy: Policy[Any],
    before: Policy[Any],
) -> Proof:
    held, failed, bad = list(held), list(proof.failed), list(proof.bad)
    passed = touching = seeing = astray = 0
    for case in held:
        name = case.name.removeprefix(f"{path.parent}{os.sep}")
        result = case.run()
        if result.bad:
            bad.append((name, result.bad))
        elif result.problems:
            failed.append((name, "; ".join(result.problems)))
        else:
            passed += 1
        own = [named for named in case.held if named.id == policy.id]
        if policy in own:
            touching += 1
            seeing += result.passed and _sees(case, policy, before)
        elif own:
            astray += 1
    table = TableProof(
        file=Path(os.path.relpath(path, file.parent)).as_posix(),
        digest=sha256(path.read_bytes()).hexdigest(),
        cases=len(held),
        touching=touching,
    )
    return attrs.evolve(
        proof,
        tables=(*proof.tables, table),
        passed=proof.passed + passed,
        touching=proof.touching + touching,
        seeing=proof.seeing + seeing,
        astray=proof.astray + astray,
        failed=tuple(failed),
        bad=tuple(bad),
    )


def _sees(case: Case, policy: Policy[Any], before: Policy[Any]) -> bool:
    """Tell whether a case that passes would fail without what is released."""
    if not before.versions:
        return True
    held = tuple(before if named == policy else named for named in case.held)
    without = attrs.evolve(case, held=held, shelf=case.shelf.with_policies(held))
    return not without.run().passed


def tables_beside(file: Path) -> Iterator[Path]:
    """
    Yield the case tables in the folder of a policy file that name it.

    Raises:
        PolicyError: If a file in the folder that is called TOML is none.
    """
    beside = (path for path in sorted(file.parent.glob("*.toml")) if path.is_file())
    for path in cases.tables(beside):
        if not path.samefile(file) and file.resolve() in _named(path):
            yield path


def _named(path: Path) -> tuple[Path, ...]:
    """Return the policy files that a case table names; none where it is no case table."""
    try:
        raw: Mapping[str, Any] = parse_toml(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        fault = Fault("", "bytes that are no UTF-8", "a UTF-8 text")
        raise PolicyError(str(path), (fault,)) from error
    if "case" not in raw:
        return ()
    files = raw.get("policy_files", ())
    named = (raw.get("policy_file"), *(files if isinstance(files, list) else ()))
    return tuple((path.parent / name).resolve() for name in named if isinstance(name, str))
