"""The approval written into a policy file: one line more, and every other byte as it was."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.citation import Approval
from bankservice.core.errors import PolicyError
from bankservice.release import approve

LI = Approval(by="li", on=date(2026, 6, 15), document="minutes 7")
LINE = 'approval = { by = "li", on = 2026-06-15, document = "minutes 7" }'
VERSIONS = (
    'since = 2027-01-01 # "[[version]]"\nsource = { text = "a", checked = "own" }\ngrace = 3\n',
    "since = 2027-01-01\nsource = { text = '''\n[[version]] # no header\n''', checked = \"own\" }\n",
    'since = 2027-01-01\nsource.text = "a"\nsource.checked = "own"\n\n[[version.row]]\nsince = 2\n',
    'grace = [\n  "[[version]]", # a comment ]\n  "]",\n]\n"since" = 2027-01-01\n\n# the end\n',
    'since = 2027-01-01\n\n[version.source]\ntext = """\n[[version]]""\\"\n""""\nchecked = "own"\n',
    "known_on = 2026-12-01\n'since' = 2027-01-01\napplies_to = { fact = \"x\", equals = 1 }\nn = 1",
)
HEADERS = ("[[version]]\n", "  [[ version ]]  # one\n", '[["version"]]\n')


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[int]]:
    """Draw a policy file, and which of its versions are approved."""
    bodies = draw(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=4))
    head = draw(
        st.sampled_from(
            ['id = "a/b"\n\n', '# [[version]]\nid = "a/b"\nx = """\n[[version]]\n"""\n']
        )
    )
    parts = [draw(st.sampled_from(HEADERS)) + body for body in bodies]
    text = head + "\n".join(parts)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    chosen = draw(st.sets(st.integers(0, len(bodies) - 1)))
    return text, sorted(chosen)


def plain(approval: Approval) -> dict[str, object]:
    """Return an approval as TOML reads it."""
    return {"by": approval.by, "on": approval.on, "document": approval.document}


class TestApprove:
    """`approve` adds an approval to the versions named."""

    @given(files(), st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9))
    @settings(max_examples=some(150))
    def test_only_the_approval_is_added(self, drawn: tuple[str, list[int]], by: str) -> None:
        """
        The parsed file is the one before and the approvals; taking their lines out gives every
        byte of the file before.
        """
        text, chosen = drawn
        approval = Approval(by=by, on=date(2026, 6, 15), document='minutes "7" \\ 第七号')
        wanted = tomllib.loads(text)
        for place in chosen:
            wanted["version"][place]["approval"] = plain(approval)

        written = approve(text, dict.fromkeys(chosen, approval), "a file")
        lines = written.splitlines(keepends=True)
        without = "".join(line for line in lines if not line.startswith("approval = {"))

        assert wanted == tomllib.loads(written)
        assert text in (without, without.removesuffix("\n").removesuffix("\r"))
        assert len(chosen) == len(lines) - len(without.splitlines())

    def test_it_stands_behind_the_head(self) -> None:
        """
        The line comes after the source, before the version's own numbers, comments kept.
        """
        text = '[[version]]\nsince = 2027-01-01 # new year\nsource = { text = "a" }\n# days\ngrace = 3\n'

        assert (
            "[[version]]\nsince = 2027-01-01 # new year\n"
            f'source = {{ text = "a" }}\n{LINE}\n# days\ngrace = 3\n'
        ) == approve(text, {0: LI}, "a file")

    def test_a_file_without_a_last_line_feed(self) -> None:
        """
        A file that ends in the midst of a line gets the approval on a line of its own.
        """
        assert f"[[version]]\nsince = 2027-01-01\n{LINE}\n" == approve(
            "[[version]]\nsince = 2027-01-01", {0: LI}, "a file"
        )

    def test_versions_in_one_array_are_refused(self) -> None:
        """
        Versions that stand as one array have no line to write behind: the message says the form.
        """
        with pytest.raises(PolicyError, match=r"each version as a \[\[version\]\] table"):
            approve("version = [{ since = 2027-01-01 }]", {0: LI}, "a file")

    def test_an_approval_that_stands_there_is_kept(self) -> None:
        """
        A version with an approval gets no other one.
        """
        text = f"[[version]]\nsince = 2027-01-01\n{LINE}\n"

        with pytest.raises(PolicyError, match=r"version\[0\]\.approval: got an approval"):
            approve(text, {0: LI}, "a file")
