"""`bankservice schema`: the list, one schema, all of one rule, files for an editor."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bankservice import schemas
from bankservice.cli.commands import cli


def run(*words: str) -> tuple[int, str]:
    """Return the exit code and the output of a command."""
    result = CliRunner().invoke(cli, ["schema", *words])
    return result.exit_code, result.output


def test_list() -> None:
    """Without a name every schema is listed, in JSON where asked."""
    code, plain = run()
    json_code, listed = run("--json")

    assert (0, 0) == (code, json_code)
    assert [named.name for named in schemas.catalogue()] == [
        line.split()[0] for line in plain.splitlines()
    ]
    assert [named.name for named in schemas.catalogue()] == [
        row["name"] for row in json.loads(listed)
    ]


def test_show() -> None:
    """A schema is shown as JSON, by its own name, by that of a kind or a rule."""
    for name in ("segmentation.tiers.policy", "segmentation.tiers", "complaints.deadlines"):
        assert (0, schemas.schema(name)) == (run(name)[0], json.loads(run(name)[1]))
    assert run("bank.toml")[1] == run("bank.toml", "--json")[1]


def test_files(tmp_path: Path) -> None:
    """One schema or all are written as files, whole; an unknown name leaves the folder as it was."""
    one, every = tmp_path / "one", tmp_path / "all"

    assert (0, f"{one}: 1 schema\n") == run("decision", "--to", str(one))
    assert ["decision.json"] == [path.name for path in one.iterdir()]
    assert schemas.schema("decision") == json.loads((one / "decision.json").read_text("utf-8"))
    assert 0 == run("--to", str(every))[0]
    assert len(schemas.catalogue()) == len(list(every.iterdir()))
    assert 2 == run("decison", "--to", str(tmp_path / "none"))[0]
    assert not (tmp_path / "none").exists()


def test_unknown() -> None:
    """A name there is none of is told with the near ones, with exit code 2."""
    code, told = run("complaints.deadline")

    assert 2 == code
    assert "did you mean complaints.deadlines" in told
