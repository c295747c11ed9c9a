"""
The try-it page's folder: Python, the package and what it needs, and the page's own scripts.

    python docs/try_it.py FOLDER

The site build calls `build` last. Everything comes from the environment the docs are built in and
from `docs/browser/node_modules`: nothing is fetched while building, and nothing but this folder
while reading. Without `node_modules` the folder says so, and the page tells its reader.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from book.bilingual import DOCS
from book.try_form import catalogue

__all__ = ["LIMIT", "build"]

BROWSER: Final = DOCS / "browser"
MODULES: Final = BROWSER / "node_modules"
FOLDER: Final = "try-it"
KEEPER: Final = "try-it-keeper.js"
"""The service worker stands at the root of the site: it may serve both languages' pages then."""

PAGE: Final = ("page.js", "form.js", "show.js", "months.js", "share.js", "words.js", "style.css")
"""What the page itself is made of, beside the runtime."""
PYODIDE: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
DRIVERS: Final = ("driver.py", "driver_calendar.py")
NEEDED: Final = (
    "attrs",
    "babel",
    "cattrs",
    "iso4217",
    "pendulum",
    "python-dateutil",
    "six",
    "typing-extensions",
    "tzdata",
)
"""What the package needs there; a browser has no zone data of its own that Python could read."""
LOCALES: Final = frozenset({"root", "en", "zh", "zh_Hans", "zh_Hans_CN"})
"""Of babel's locales only those the page speaks: all of them are more than everything else."""
LEFT_OUT: Final = ("cli", "demo", "report", "run", "testing")
"""Rooms that no rule needs: the command line, the main job and its report, tools for tests."""
LIMIT: Final = 20 * 1024 * 1024
"""The whole folder may have so many bytes."""


def build(site: Path) -> None:
    """
    Write the folder below a built site, unless it is there already.

    The tool calls this once for each language.

    Raises:
        RuntimeError: If the folder is larger than it may be, or byte code could not be made.
    """
    folder = site / FOLDER
    if (folder / "manifest.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGE:
        shutil.copyfile(BROWSER / name, folder / name)
    _write_json(folder / "catalogue.json", catalogue())
    run = _runtime(folder) if (MODULES / "pyodide").is_dir() else None
    _write_json(folder / "manifest.json", {"run": run})
    # The name of its cache changes with the runtime, so that an old one is thrown away.
    keeper = (BROWSER / "keeper.js").read_text("utf-8")
    name = run["folder"] if run else "none"
    (site / KEEPER).write_text(keeper.replace("RUNTIME", name), "utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > LIMIT:
        raise RuntimeError(f"{folder} has {size} bytes; at most {LIMIT} are allowed.")


def _runtime(folder: Path) -> dict[str, Any]:
    """Write the runtime into a folder named by what is in it; return what the page must know."""
    with TemporaryDirectory() as name:
        new = Path(name) / "run"
        new.mkdir()
        for each in PYODIDE:
            shutil.copyfile(MODULES / "pyodide" / each, new / each)
        shutil.copyfile(BROWSER / "worker.js", new / "worker.js")
        (new / "packages.zip").write_bytes(_compiled(Path(name)))
        files = {path.name: path.stat().st_size for path in sorted(new.iterdir())}
        digest = hashlib.sha256()
        for each in files:
            digest.update((new / each).read_bytes())
        found = f"run-{digest.hexdigest()[:12]}"
        shutil.copytree(new, folder / found)
    pyodide = json.loads((MODULES / "pyodide" / "package.json").read_text("utf-8"))["version"]
    return {
        "folder": found,
        "files": files,
        "bytes": sum(files.values()),
        "pyodide": pyodide,
    }


def _compiled(work: Path) -> bytes:
    """Return the packages as a zip of byte code, made by the very Python that will read it."""
    source, target = work / "source.zip", work / "target.zip"
    with ZipFile(source, "w") as archive:
        for name, held in sorted(_files()):
            # A date of its own would make equal contents differ.
            archive.writestr(ZipInfo(name), held, ZIP_DEFLATED)
    kept = MODULES / ".bankservice" / f"{_digest(source)}.zip"
    if not kept.is_file():
        if shutil.which("node") is None:
            raise RuntimeError(f"{MODULES} is there but no node; Node 18 or later is needed.")
        command = ["node", str(BROWSER / "compile.mjs"), str(source), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(
                f"compile.mjs failed; Node 18 or later is needed.\n{done.stderr[-2000:]}"
            )
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(target, kept)
    return kept.read_bytes()


def _digest(source: Path) -> str:
    """Return what the compiled archive follows from."""
    lock = (BROWSER / "package-lock.json").read_bytes()
    made = (BROWSER / "compile.mjs").read_bytes()
    return hashlib.sha256(source.read_bytes() + lock + made).hexdigest()[:32]


def _files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of every file that goes into the archive."""
    root = DOCS.parent / "src"
    for path in (root / "bankservice").rglob("*"):
        parts = path.relative_to(root).parts
        if path.is_file() and "__pycache__" not in parts and parts[1] not in LEFT_OUT:
            yield "/".join(parts), path.read_bytes()
    for name in DRIVERS:
        yield name, (BROWSER / name).read_bytes()
    own = distribution("bankservice")
    yield f"bankservice-{own.version}.dist-info/METADATA", _metadata(own)
    for name in NEEDED:
        yield from _installed(distribution(name))


def _metadata(held: Distribution) -> bytes:
    """Return name and version, which is all that is asked of it."""
    return f"Metadata-Version: 2.1\nName: {held.name}\nVersion: {held.version}\n".encode()


def _installed(held: Distribution) -> Iterator[tuple[str, bytes]]:
    """
    Yield the files of an installed package that run anywhere, and its licence.

    Compiled parts are left out: pendulum has the same in Python, and takes it where there is none.
    """
    for file in held.files or ():
        name = file.as_posix()
        if name.startswith("..") or "__pycache__" in name or "/testing/" in name:
            continue
        if ".dist-info/" in name and not ("METADATA" in name or "LICENSE" in name.upper()):
            continue
        if file.suffix in (".so", ".pyd", ".pyi", ".typed") or name.endswith(".tar.gz"):
            continue
        if name.startswith("babel/locale-data/") and file.stem not in LOCALES:
            continue
        yield name, Path(str(file.locate())).read_bytes()


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    for found in sorted(Path(sys.argv[1], FOLDER).rglob("*")):
        if found.is_file():
            print(f"{found.stat().st_size:>10}  {found}")
