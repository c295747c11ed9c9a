"""
The README is the front page of the site: `docs/en/index.md` and `docs/zh/index.md` are the text.

    python docs/readme.py          write README.md and README.zh-CN.md
    python docs/readme.py check    tell whether they are up to date

A part for one of both stands between `<!-- only: readme -->` or `<!-- only: site -->` and
`<!-- end -->`, each on a line of its own. Links are rewritten so that they work from the root of
the repository; those to generated pages, which are not in it, go to the reference's first page.
"""

from __future__ import annotations

import argparse
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["READMES", "part", "readme", "stale", "write_all"]

ROOT: Final = Path(__file__).parent.parent

READMES: Final[Mapping[str, str]] = {"en": "README.md", "zh": "README.zh-CN.md"}
"""The file at the root that each language's front page becomes."""

_ONLY: Final = re.compile(r"<!-- only: (readme|site) -->\n(.*?)<!-- end -->\n\n?", re.DOTALL)
_MARK: Final = re.compile(r"<!-- (only\b|end\b)")
_LINK: Final = re.compile(r"(!?)(\[[^\]]*\])\(([^)\s]+)\)(\{[^}]*\})?")
_GENERATED: Final = re.compile(r"(docs/\w+/)(?:reference/generated/.*|changelog\.md.*)")


def part(text: str, of: str) -> str:
    """
    Return the text with the parts that are only for *of*, without those for the other.

    Args:
        text: A front page.
        of: `readme` or `site`.

    Raises:
        ValueError: If a mark has no partner or is spelt otherwise.

    Examples:
        >>> part("a\\n<!-- only: site -->\\nb\\n<!-- end -->\\nc\\n", "readme")
        'a\\nc\\n'
    """
    found = _ONLY.sub(lambda held: _kept(held, of), text)
    if wrong := _MARK.search(found):
        line = found[: wrong.start()].count("\n") + 1
        raise ValueError(
            f"line {line} of the {of}: a mark without its partner; wanted '<!-- only: readme -->' "
            "or '<!-- only: site -->', the part, and '<!-- end -->', each on a line of its own."
        )
    return found


def _kept(held: re.Match[str], of: str) -> str:
    return f"{held[2].rstrip()}\n\n" if held[1] == of else ""


def readme(text: str, locale: str) -> str:
    """
    Return the README that the front page of a language becomes.

    Args:
        text: The front page.
        locale: `en` or `zh`.

    Examples:
        >>> readme("[Tiers](tutorial/tiers.md)\\n", "en")
        '[Tiers](docs/en/tutorial/tiers.md)\\n'
    """
    return _LINK.sub(lambda held: _from_root(held, locale), part(text, "readme")).rstrip() + "\n"


def _from_root(held: re.Match[str], locale: str) -> str:
    image, label, target, _ = held.groups()
    if re.match(r"[a-z]+:|#", target):
        return f"{image}{label}({target})"
    below = f"docs/{locale}"
    path = _GENERATED.sub(
        r"\1reference/index.md", posixpath.normpath(posixpath.join(below, target))
    )
    return f"{image}{label}({path})"


def stale(root: Path = ROOT) -> tuple[str, ...]:
    """Return the READMEs below *root* that are not what their front page says."""
    return tuple(
        name
        for locale, name in READMES.items()
        if not (root / name).exists() or (root / name).read_text("utf-8") != _wanted(root, locale)
    )


def write_all(root: Path = ROOT) -> None:
    """Write the READMEs below *root*."""
    for locale, name in READMES.items():
        (root / name).write_text(_wanted(root, locale), "utf-8")


def _wanted(root: Path, locale: str) -> str:
    return readme((root / "docs" / locale / "index.md").read_text("utf-8"), locale)


def _main() -> int:
    parser = argparse.ArgumentParser(description="Write the READMEs from the front pages.")
    parser.add_argument("do", nargs="?", choices=("write", "check"), default="write")
    if parser.parse_args().do == "write":
        write_all()
        return 0
    found = stale()
    for name in found:
        print(f"{name} is not what its front page says; run `python docs/readme.py`.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(_main())
