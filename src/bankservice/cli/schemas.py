"""The command on JSON Schemas: `bankservice schema`."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import click

from bankservice.cli.answering import JSON, say_json, told
from bankservice.cli.writing import whole_file

__all__ = ["schema"]


@click.command()
@click.argument("name", required=False)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write files to: the schema NAME, or every one there is.",
)
@JSON
@told
def schema(name: str | None, folder: Path | None, as_json: bool) -> None:
    """
    List the JSON Schemas, or show the schema NAME.

    NAME is one that the list has, such as complaints.deadlines.facts; a rule's id, or the kind of a
    record or policy, stands for all the schemas of it. A schema is always shown as JSON.
    """
    from bankservice import schemas

    if folder is not None:
        _write(folder, [name] if name else [named.name for named in schemas.catalogue()])
        return
    if name is not None:
        say_json(schemas.schema(name))
        return
    if as_json:
        say_json([attrs.asdict(named) for named in schemas.catalogue()])
        return
    for named in schemas.catalogue():
        click.echo(f"{named.name:38} {named.about}")


def _write(folder: Path, names: list[str]) -> None:
    from bankservice import schemas

    # All are made before the first is written: a name there is none of leaves the folder as it was.
    made = {name: schemas.schema(name) for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    for name, held in made.items():
        with whole_file(folder / f"{name}.json") as file:
            file.write(json.dumps(held, ensure_ascii=False, indent=2) + "\n")
    click.echo(f"{folder}: {len(made)} schema{'' if len(made) == 1 else 's'}")
