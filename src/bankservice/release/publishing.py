"""A release from file to file: validate, compare, run the cases, ask the book, record, approve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from bankservice import policies
from bankservice.core.citation import Approval
from bankservice.core.conditions import Condition
from bankservice.core.decision import Reason
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import parse_toml
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import POLICY
from bankservice.core.what_if import DifferentKindsError, Side
from bankservice.release import judging
from bankservice.release import saying as says
from bankservice.release.approving import approve
from bankservice.release.folder import ReleaseFolder, check_writable, replaced
from bankservice.release.judging import STOPPED, Refusal
from bankservice.release.model import (
    FORMAT,
    Asked,
    Figures,
    Key,
    Proof,
    Record,
    approvals_of,
    held_of,
    key_of,
)
from bankservice.release.planning import Plan, plan
from bankservice.release.proving import prove
from bankservice.release.telling import (
    approval_told,
    book_told,
    cases_told,
    named,
    plan_told,
)
from bankservice.whatif import simulate

if TYPE_CHECKING:
    from bankservice.whatif import Asked as Book

__all__ = ["FOLDER", "Ask", "History", "Outcome", "book", "release", "released"]

FOLDER: Final = "releases"
"""Folder of the records, beside the policy file."""

Ask: TypeAlias = Callable[[Side, Side, date | None], Figures]
"""
(what stands before, what stands after, the day asked for) → what came out otherwise.

The day is for books that do not say their days by themselves; None leaves it to the book.
"""


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What became of a release.

    Attributes:
        policy: Id of the policy.
        refused: Why it was refused, in order of precedence; empty where it was not.
        told: What was found on the way, in order.
        record: The record: as it was written, as it would be, or as it is since before.
        again: Whether the same release was given before.
        written: Files that were written.
    """

    policy: str
    refused: tuple[Reason, ...] = ()
    told: tuple[Reason, ...] = ()
    record: Record | None = None
    again: bool = False
    written: tuple[Path, ...] = ()

    @property
    def code(self) -> Refusal | None:
        """The refusal that decides; None where it was released."""
        return Refusal(self.refused[0].code) if self.refused else None

    @property
    def exit_code(self) -> int:
        """0 where it is released, 1 where the proof stopped it, 2 for a caller's mistake."""
        return 0 if self.code is None else 1 if self.code in STOPPED else 2


@attrs.frozen(kw_only=True)
class History:
    """
    The releases of a policy, held against its file.

    Attributes:
        policy: Id of the policy.
        records: The releases, oldest first.
        problems: Where the file or a record no longer says what was released.
        told: What else is worth knowing: versions that are not released, upkeep of the file.
    """

    policy: str
    records: tuple[Record, ...]
    problems: tuple[Reason, ...] = ()
    told: tuple[Reason, ...] = ()


def book(asked: Book, *, rule: str = "", share: Fraction | int = 1, seed: str = "") -> Ask:
    """
    Return a book that a release can be tried on.

    Args:
        asked: Subject → facts; or questions; or a bank, whose record is asked again.
        rule: Id of the rule to be asked; the first that works by such a policy where left out.
        share: Share of the subjects to be asked.
        seed: Another seed, another sample.
    """

    def ask(before: Side, after: Side, on: date | None) -> Figures:
        told = simulate(before, after, asked, rule=rule, share=share, seed=seed, keep=0)
        kind = "facts" if isinstance(asked, Mapping) else type(asked).__name__.lower()
        return Figures.of(told, {"kind": kind, "share": str(Fraction(share)), "seed": seed})

    return ask


def release(
    file: str | Path,
    asked: Asked,
    *,
    cases: Iterable[str | Path] = (),
    against: str | Path | Policy[Any] | None = None,
    book: Ask | None = None,
    to: Path | None = None,
    shelf: PolicyShelf | None = None,
    today: Callable[[], date] | None = None,
    dry_run: bool = False,
) -> Outcome:
    """
    Release what is new in a policy file: validate, compare, cases, what if, approval.

    The approval is written into the file and a record beside it. The same release given again
    changes nothing.

    Args:
        file: The policy file.
        asked: Who approves what, on which day.
        cases: Case tables, or folders of such; tables beside the file that name it are run too.
        against: The policy as it is in use: an id, a file or a policy. Left out, it is what the
            file says without what is new.
        book: What is asked under both policies, as `book(…)` makes it; none where left out.
        to: Folder of the records; `releases` beside the file where left out.
        shelf: The policies that the file may link; the shipped ones where left out.
        today: Gives the day of the approval where neither *asked* nor an earlier record does.
        dry_run: Whether to write nothing.

    Raises:
        PolicyError: If the file has faults; all are listed.
        DifferentKindsError: If it is to be compared with a policy of another kind.
        ValueError: If no day is given, or a book has nothing to be compared with.
        OperationalError: If a file was changed meanwhile.
    """
    path, shelf = Path(file), shelf or policies.shelf()
    raw = path.read_bytes() if path.is_file() else b""
    policy = shelf.load(path)
    folder = ReleaseFolder(path.parent / FOLDER if to is None else to)
    records, broken = folder.records(policy.id)
    other = against if against is None or isinstance(against, Policy) else shelf.load(against)
    if other is not None and other.kind != policy.kind:
        kinds = f"{policy.id} is a {policy.kind.name} and {other.id} a {other.kind.name}"
        raise DifferentKindsError(f"{kinds}; name the policy that this one takes the place of.")
    told: list[Reason] = [
        says.FILE(file=path.name, policy=policy.id, versions=len(policy.versions))
    ]
    refused = _unfit(policy, records, broken, other, asked)
    if refused:
        return Outcome(policy=policy.id, refused=refused, told=tuple(told))
    on = asked.on if asked.on is not None or today is None else today()
    # Once there are records, what is new follows from them and not from the day.
    found = plan(policy, records, other, on or date.min)
    text = raw.decode("utf-8")
    if found.empty:
        return _again(path, text, policy, records, asked, told, dry_run=dry_run)
    if on is None:
        raise ValueError("a release needs the day it is approved on; pass `on`, or `today`.")
    told += plan_told(found, asked)
    refused = tuple(judging.judge_days(found, asked, on))
    proof, figures = Proof(), None
    if not refused:
        proof = prove(path, policy, found.before, cases, found.without_each())
        told.append(cases_told(proof, policy.id))
        refused = tuple(judging.judge_cases(proof, found))
    if not refused and book is not None:
        figures = _asked_book(book, found, on)
        told += book_told(figures)
        refused = tuple(judging.judge_book(figures, asked))
    elif not refused:
        told.append(says.NO_BOOK())
    if refused:
        order = {code.value: place for place, code in enumerate(Refusal)}
        refused = tuple(sorted(refused, key=lambda reason: order[reason.code]))
        return Outcome(policy=policy.id, refused=refused, told=tuple(told))
    approval = Approval(by=asked.by, on=on, document=asked.document)
    wanted = approvals_of(records) | {key_of(version): approval for version in found.new}
    approved = _approved(text, policy, wanted, str(path))
    record = Record(
        format=FORMAT,
        policy=policy.id,
        kind=policy.kind.name,
        number=len(records) + 1,
        previous=folder.last_digest(policy.id),
        file=path.name,
        file_digest=sha256(approved.encode()).hexdigest(),
        asked_by=asked.asked_by,
        approval=approval,
        retroactive=asked.retroactive,
        against=named(found.base),
        versions=found.items(),
        differences=found.differences,
        cases=proof,
        what_if=figures,
        most_moves=asked.most_moves,
        accepted_moves=asked.accept_moves,
        package=_package(),
    )
    told.append(approval_told(record))
    name = folder.name(policy.id, record.number)
    if dry_run:
        told.append(says.DRY_RUN(record=name, file=path.name))
        return Outcome(policy=policy.id, told=tuple(told), record=record)
    written = _write(folder, record, path, raw, approved)
    told.append(says.RELEASED(record=name, file=path.name))
    return Outcome(policy=policy.id, told=tuple(told), record=record, written=written)


def _unfit(
    policy: Policy[Any],
    records: tuple[Record, ...],
    broken: str,
    against: Policy[Any] | None,
    asked: Asked,
) -> tuple[Reason, ...]:
    """Return why nothing of this file can be released, whatever is new in it."""
    return (
        *judging.four_eyes(asked),
        *((says.CHAIN_BROKEN(record=broken),) if broken else ()),
        *judging.problems(policy, records, against),
    )


def _again(
    path: Path,
    text: str,
    policy: Policy[Any],
    records: tuple[Record, ...],
    asked: Asked,
    told: list[Reason],
    *,
    dry_run: bool,
) -> Outcome:
    """Answer a release of what is released: the same one changes nothing, another one is refused."""
    if not records:
        refused = (says.NOTHING_NEW(policy=policy.id),)
        return Outcome(policy=policy.id, refused=refused, told=tuple(told))
    same = next((record for record in reversed(records) if record.same_as(asked)), None)
    if same is None:
        last = records[-1]
        reason = says.RELEASED_OTHERWISE(
            number=last.number,
            asked_by=last.asked_by,
            by=last.approval.by,
            on=last.approval.on,
            document=last.approval.document,
        )
        return Outcome(policy=policy.id, refused=(reason,), told=tuple(told))
    approved = _approved(text, policy, approvals_of(records), str(path))
    told.append(says.AGAIN(number=same.number, on=same.approval.on, by=same.approval.by))
    written: tuple[Path, ...] = ()
    if approved != text:
        # The release was recorded and its writer ended before the approval was in the file.
        told.append(says.MENDED(file=path.name, number=same.number))
        if not dry_run:
            replaced(path, text.encode(), approved.encode())
            written = (path,)
    return Outcome(policy=policy.id, told=tuple(told), record=same, again=True, written=written)


def _write(
    folder: ReleaseFolder, record: Record, path: Path, raw: bytes, approved: str
) -> tuple[Path, ...]:
    """Write the record, then the approval: in this order, since the record is what counts."""
    if approved.encode() == raw:
        return (folder.add(record),)
    check_writable(path)
    added = folder.add(record)
    replaced(path, raw, approved.encode())
    return (added, path)


def _asked_book(book: Ask, found: Plan, on: date) -> Figures:
    if not found.base.versions:
        raise ValueError(
            f"{found.policy.id} has no version before this one, so a book has nothing to be "
            "compared with; name the policy in use with against."
        )
    before, after, day = found.sides(on)
    return attrs.evolve(book(before, after, day), alone=day is None)


def _approved(text: str, policy: Policy[Any], approvals: Mapping[Key, Approval], where: str) -> str:
    """Return the file's text with the approvals that are missing in it."""
    missing = {
        key_of(version) for version in policy.versions if version.approval is None
    } & approvals.keys()
    if not missing:
        return text
    tables = parse_toml(text, where)["version"]
    places = {
        place: approvals[key]
        for place, table in enumerate(tables)
        if (key := _key_of_table(table)) in missing
    }
    return approve(text, places, where)


def _key_of_table(table: Mapping[str, Any]) -> Key:
    cohort = ""
    if table.get("applies_to") is not None:
        held: Any = POLICY.read({"applies_to": table["applies_to"]}, _Cohort, "a version")
        cohort = canonical(to_json(held.applies_to))
    return (table["since"], table.get("known_on", table["since"]), cohort)


@attrs.frozen
class _Cohort:
    applies_to: Condition | None = None


def _package() -> str:
    try:
        return version_of("bankservice")
    except PackageNotFoundError:
        return ""


# --- what was released --------------------------------------------------------------------------


def released(
    file: str | Path, *, to: Path | None = None, shelf: PolicyShelf | None = None
) -> History:
    """
    Return the releases of a policy file, and where the file no longer says what was released.

    Args:
        file: The policy file.
        to: Folder of the records; `releases` beside the file where left out.
        shelf: The policies that the file may link; the shipped ones where left out.

    Raises:
        PolicyError: If the file has faults.
        FaultsError: If a record cannot be read.
    """
    path = Path(file)
    policy = (shelf or policies.shelf()).load(path)
    folder = ReleaseFolder(path.parent / FOLDER if to is None else to)
    records, broken = folder.records(policy.id)
    held, approvals = held_of(records), approvals_of(records)
    found: list[Reason] = [says.CHAIN_BROKEN(record=broken)] if broken else []
    found += judging.problems(policy, records)
    told: list[Reason] = []
    for version in policy.versions:
        item = held.get(key_of(version))
        if item is None:
            told.append(says.UNRELEASED(since=version.since, known_on=version.ref.known_on))
            if (by := version.approval) is not None:
                found.append(says.UNRECORDED(since=version.since, by=by.by, on=by.on))
            continue
        if item.ends_on != version.ends_on:
            found.append(
                says.ENDING_CHANGED(since=version.since, before=item.ends_on, after=version.ends_on)
            )
        if version.approval is None and key_of(version) in approvals:
            number = next(r.number for r in records for i in r.versions if i.key == item.key)
            found.append(says.APPROVAL_MISSING(since=version.since, number=number))
    if records and sha256(path.read_bytes()).hexdigest() != records[-1].file_digest:
        told.insert(0, says.UPKEEP(file=path.name))
    return History(policy=policy.id, records=records, problems=tuple(found), told=tuple(told))
