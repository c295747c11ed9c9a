"""
Check and render the changelog fragments.

A fragment is a file `changelog.d/<id>.<type>.md`; fragments of a release move
to `changelog.d/<version>/`. Two commands:

    python docs/changelog.py check [--base REF]
    python docs/changelog.py render {en,zh}
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = "changelog.d"
LOCALES: Final = ("en", "zh")

TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "breaking": {"en": "Breaking", "zh": "不兼容变更"},
    "decision": {"en": "Decisions that change", "zh": "会改变决定的变更"},
    "parameter": {"en": "Parameters that change", "zh": "参数变更"},
    "added": {"en": "Added", "zh": "新增"},
    "fixed": {"en": "Fixed", "zh": "修复"},
}
STATED: Final = ("Rule or parameter:", "Dates affected:", "Who is affected:", "Source:")
MUST_STATE: Final = frozenset({"decision", "parameter"})

# A change to one of these can change an outcome, so it needs an entry of one of these types.
# Where a domain's rules are split by noun, the nouns are named here.
WATCHED: Final = re.compile(r"src/bankservice/(.+/)?((policy|rules|tiers)\.py|policies/.+\.toml)")
ANSWERS: Final = frozenset({"breaking", "decision", "parameter", "added"})

NAME: Final = re.compile(r"(?P<id>[0-9a-z][0-9a-z-]*)\.(?P<type>[a-z]+)\.md")
VERSION: Final = re.compile(r"\d+(\.\d+)*")

PAGE: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"en": "Changelog", "zh": "变更记录"},
    "lead": {
        "en": "What changed, by release.\n"
        "An outcome changes only with an entry under *Decisions that change*.",
        "zh": "各版本的变更。\n决定的结论只会随“会改变决定的变更”一节的条目而改变。\n条目以英文书写。",
    },
    "next": {"en": "Not yet released", "zh": "尚未发布"},
}


@attrs.frozen
class Fragment:
    """
    One entry of the changelog.

    Attributes:
        path: Below the root of the repository, with forward slashes.
        release: Version it went out with; empty before that.
        type: One of `TYPES`.
        text: Markdown.
    """

    path: str
    release: str
    type: str
    text: str


def read(root: Path) -> tuple[tuple[Fragment, ...], tuple[str, ...]]:
    """
    Return the fragments below *root* and the faults found in them, all of them.
    """
    fragments: list[Fragment] = []
    faults: list[str] = []
    folder = root / FOLDER
    for file in sorted(folder.rglob("*")):
        if file.is_dir() or file == folder / "README.md":
            continue
        path = file.relative_to(root).as_posix()
        release = file.parent.relative_to(folder).as_posix().removeprefix(".")
        match = NAME.fullmatch(file.name)
        if match is None or match["type"] not in TYPES:
            faults.append(
                f"{path}: the name must be <id>.<type>.md, type one of {', '.join(TYPES)}."
            )
            continue
        if release and VERSION.fullmatch(release) is None:
            faults.append(f"{path}: the folder of a release must be named as its version is.")
        fragment = Fragment(path, release, match["type"], file.read_text("utf-8").strip())
        fragments.append(fragment)
        faults.extend(text_faults(fragment))
    return tuple(fragments), tuple(faults)


def text_faults(fragment: Fragment) -> list[str]:
    """
    Return what the text of *fragment* leaves out.
    """
    if not fragment.text:
        return [f"{fragment.path}: it is empty."]
    if fragment.type not in MUST_STATE:
        return []
    return [
        f"{fragment.path}: it does not state {label!r}, followed by the answer on the same line."
        for label in STATED
        if re.search(rf"^(?:[-*] )?{re.escape(label)}[ \t]*\S", fragment.text, re.MULTILINE) is None
    ]


def missing_entry(changed: Iterable[str], touched: Iterable[str]) -> tuple[str, ...]:
    """
    Return the watched files that changed without an entry that answers for them.

    Args:
        changed: Paths that differ from the base.
        touched: Paths that were added or edited since the base (a moved file is neither).

    Returns:
        The watched paths, or nothing where an entry of a type in `ANSWERS` was touched.
    """
    for path in touched:
        match = NAME.fullmatch(path.rpartition("/")[2])
        if path.startswith(f"{FOLDER}/") and match is not None and match["type"] in ANSWERS:
            return ()
    return tuple(path for path in changed if WATCHED.fullmatch(path))


def git(root: Path, *arguments: str) -> str:
    """
    Return what git prints.

    Raises:
        subprocess.CalledProcessError: If git fails.
    """
    command = ["git", "-c", "core.quotePath=off", *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def known_base(root: Path, base: str) -> str:
    """
    Return *base* as a commit id, or nothing where the history does not reach it.
    """
    try:
        return git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
    except (subprocess.CalledProcessError, FileNotFoundError):
        return ""


def last_release(root: Path) -> str:
    """
    Return the tag of the last release, or nothing before the first: then all is new.
    """
    try:
        return git(root, "describe", "--tags", "--abbrev=0").strip()
    except (subprocess.CalledProcessError, FileNotFoundError):
        return ""


def differences(root: Path, base: str) -> tuple[list[str], list[str]]:
    """
    Return the paths that differ from *base*, and those of them that were added or edited.

    Files not yet under version control count as added.
    """
    new = git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    changed = git(root, "diff", "--name-only", "--no-renames", base).splitlines()
    touched = git(root, "diff", "--name-only", "--find-renames", "--diff-filter=AM", base)
    return changed + new, touched.splitlines() + new


def check(root: Path, base: str) -> int:
    """
    Print every fault and return 1 if there is one, else 0.
    """
    fragments, faults = read(root)
    found = list(faults)
    commit = known_base(root, base) if base else ""
    if commit:
        found += [
            f"{path}: it changed since {base}, and no entry of type "
            f"{', '.join(kind for kind in TYPES if kind in ANSWERS)} was added to {FOLDER}/."
            for path in missing_entry(*differences(root, commit))
        ]
    else:
        what = f"the history does not reach {base}" if base else "there is no release yet"
        print(f"changelog: {what}; only the fragments are checked.")
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"changelog: {len(fragments)} entries, {len(found)} faults.")
    return 1 if found else 0


def render(fragments: Iterable[Fragment], locale: str) -> str:
    """
    Return the changelog page: what is not yet released first, then the newest release.
    """
    by_release: dict[str, list[Fragment]] = {}
    for fragment in fragments:
        by_release.setdefault(fragment.release, []).append(fragment)
    parts = [f"# {PAGE['title'][locale]}", PAGE["lead"][locale]]
    for release in sorted(by_release, key=release_order, reverse=True):
        parts.append(f"## {release or PAGE['next'][locale]}")
        for kind, heading in TYPES.items():
            texts = [fragment.text for fragment in by_release[release] if fragment.type == kind]
            if texts:
                parts += [f"### {heading[locale]}", *texts]
    return "\n\n".join(parts) + "\n"


def release_order(release: str) -> tuple[bool, tuple[int, ...]]:
    """
    Return the sort key of a release; what is not yet released comes last.
    """
    return (not release, tuple(int(part) for part in release.split(".") if part))


def write_all(docs: Path) -> None:
    """
    Write the changelog page of each language below *docs*, where its text is new.
    """
    fragments, _ = read(docs.parent)
    for locale in LOCALES:
        path = docs / locale / "changelog.md"
        text = render(fragments, locale)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command and return its exit code.
    """
    parser = argparse.ArgumentParser(description="Check and render the changelog fragments.")
    commands = parser.add_subparsers(dest="command", required=True)
    checker = commands.add_parser("check", help="find faults in the fragments and missing ones")
    checker.add_argument("--base", help="commit to compare with (the last release)")
    renderer = commands.add_parser("render", help="print the page")
    renderer.add_argument("locale", choices=LOCALES)
    given = parser.parse_args(arguments)
    if given.command == "check":
        return check(ROOT, given.base or last_release(ROOT))
    print(render(read(ROOT)[0], given.locale), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
