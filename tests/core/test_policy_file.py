"""Policy files: every fault at once, a digest over what was decided with, texts that come back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice import policies
from bankservice.core.citation import Approval, Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import Fault, FaultsError, PolicyError, UnknownNameError
from bankservice.core.kept import read_kept
from bankservice.core.policy import (
    DeclaredFact,
    Faults,
    Kind,
    Library,
    Policy,
    Title,
    Undecided,
    Version,
)
from bankservice.core.policy_file import derive, parse_toml, read_policy
from bankservice.core.shelf import PolicyShelf


@attrs.frozen(kw_only=True)
class Row:
    """A row of the toy kind."""

    code: str
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    share: Decimal = Decimal(1)


@attrs.frozen(kw_only=True)
class Fee:
    """Parameters of the toy kind."""

    amount: Decimal
    waived: bool = False
    row: tuple[Row, ...] = ()
    unless: Condition | None = None


def _build(written: Fee, faults: Faults, library: Library) -> Fee:
    if written.amount < 0:
        faults.add("amount", written.amount, "0 or more")
    return written


FEE: Kind[Fee, Fee] = Kind(
    "toy.fee",
    Fee,
    _build,
    cohort={
        "region": FactType("text"),
        "income": FactType("number"),
        "opened_on": FactType("date"),
        "channel": FactType("code", "vocabulary/channels"),
    },
)
SHELF = PolicyShelf(
    [FEE, *policies.kinds()],
    {"vocabulary": "bankservice.core", "segmentation": "bankservice.segmentation"},
    home="vocabulary",
)
HEAD = 'id = "acme/fee"\nkind = "toy.fee"\n'
VERSION = """
[[version]]
since = 2020-01-01
source = { text = "Acme tariff", checked = "own" }
amount = "1.50"
"""


def read(text: str) -> Policy[Any]:
    """Return the policy written in *text*."""
    return SHELF.read(text, "fee.toml")


def one(**table: Any) -> Version[Any]:
    """Return the only version of a toy policy."""
    whole = {
        "since": date(2020, 1, 1),
        "source": {"text": "Acme tariff", "checked": "own"},
        "amount": "1.50",
        **table,
    }
    raw = {"id": "acme/fee", "kind": "toy.fee", "version": [whole]}
    return read_policy(raw, "fee.toml", SHELF.kinds, SHELF).versions[0]


def faults_of(text: str) -> tuple[Fault, ...]:
    """Return the faults of the policy written in *text*."""
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert "fee.toml" == caught.value.what
    return caught.value.faults


class TestAllFaultsAtOnce:
    """A file with faults is refused whole, and the writer hears all of them."""

    TEXT = """
id = "acme/fee"
kind = "toy.fee"
titel = { en = "Fee", zh = "费用" }

[[version]]
since = 2020-01-01
ends_on = 2019-01-01
source = { text = "Acme tariff", checked = "owned" }
amount = true

[[version]]
since = "2021-01-01"
sauce = "x"
source = { text = "Acme tariff", checked = "own" }
amount = "2.50"

[[version.row]]
shar = "2"
"""

    def test_form_does_not_hide_sense(self) -> None:
        """A value of the wrong form and a value that makes no sense are told in one pass."""
        text = (
            HEAD + VERSION.replace('"1.50"', '"-1"') + 'waived = "no"\n[[version.row]]\ncod = 1\n'
        )

        assert {
            ("version[0].amount", "-1"),
            ("version[0].waived", "str 'no'"),
            ("version[0].row[0].code", "nothing"),
            ("version[0].row[0].cod", "an unknown key"),
        } >= {(fault.path, fault.got) for fault in faults_of(text)}
        assert "version[0].waived" in {fault.path for fault in faults_of(text)}
        alone = HEAD + VERSION.replace('"1.50"', '"-1"') + 'waived = "no"\n'
        assert ["version[0].waived", "version[0].amount"] == [
            fault.path for fault in faults_of(alone)
        ]

    def test_what_only_follows_is_not_told(self) -> None:
        """A level that could not be read is one fault, not also a tier without levels."""
        text = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme", checked = "own" }
currency = "CNX"
[[version.tier]]
code = "BASE"
[[version.tier]]
code = "GOLD"
enter = 50000.00
[[version.tier]]
code = "TOP"
enter = "9"
retain = "10"
"""

        assert ["version[0].tier[1].enter", "version[0].currency", "version[0].tier[2].retain"] == [
            fault.path for fault in faults_of(text)
        ]

    def test_five_and_more(self) -> None:
        """Faults of the head and of every version are told together, each with its path."""
        found = {fault.path: fault for fault in faults_of(self.TEXT)}

        assert {
            "titel",
            "version[0].source.checked",
            "version[0].amount",
            "version[1].since",
            "version[1].sauce",
            "version[1].row[0].code",
            "version[1].row[0].shar",
        } == set(found)

    def test_near_names(self) -> None:
        """Where a name is close to a known one, that is offered."""
        near = {fault.path: fault.near[:1] for fault in faults_of(self.TEXT)}

        assert ("title",) == near["titel"]
        assert ("own",) == near["version[0].source.checked"]
        assert ("source",) == near["version[1].sauce"]
        assert ("share",) == near["version[1].row[0].shar"]

    def test_what_stood_there_and_what_is_wanted(self) -> None:
        """Each fault says what was got and what would be right."""
        told = {fault.path: (fault.got, fault.wanted) for fault in faults_of(self.TEXT)}

        assert ("bool True", "a number") == told["version[0].amount"]
        assert ("str '2021-01-01'", "a date such as 2026-01-31") == told["version[1].since"]
        assert ("nothing", "a value") == told["version[1].row[0].code"]
        assert ("an unknown key", "a key of toy.fee") == told["version[1].sauce"]

    def test_the_message_counts_and_lists_them(self) -> None:
        """The message names the file, counts the faults and gives one line to each."""
        with pytest.raises(PolicyError) as caught:
            read(self.TEXT)

        first, *lines = str(caught.value).split("\n")
        assert f"fee.toml has {len(caught.value.faults)} faults:" == first
        assert [f"  {fault}" for fault in caught.value.faults] == lines

    def test_days_are_checked_beside_bad_parameters(self) -> None:
        """A bad parameter does not hide what is wrong with the version's days."""
        text = HEAD + VERSION.replace('"1.50"', "true") + "ends_on = 2020-01-01\n"

        assert {"version[0].amount", "version[0].ends_on"} == {f.path for f in faults_of(text)}

    def test_what_single_fields_cannot_say(self) -> None:
        """Faults a kind finds while building carry the version's path too."""
        text = HEAD + VERSION + VERSION.replace("2020", "2021").replace("1.50", "-1")

        assert (Fault("version[1].amount", "-1", "0 or more"),) == faults_of(text)

    def test_it_is_a_value_error(self) -> None:
        """A caller may catch it as what it is: a bad value."""
        with pytest.raises(ValueError, match="toy"):
            read('id = "acme/fee"\nkind = "toy"\n' + VERSION)


class TestHead:
    """The head names the policy and its kind."""

    def test_id_and_kind(self) -> None:
        """A bad id and an unknown kind are both told; near kinds are offered."""
        by_path = {f.path: f for f in faults_of('id = "Acme Fee"\nkind = "toy.fe"\n' + VERSION)}

        assert "an id like 'acme/tiers' in lower case" == by_path["id"].wanted
        assert "toy.fee" == by_path["kind"].near[0]
        assert 2 == len(by_path)

    @pytest.mark.parametrize("bad", ["fee", "acme/", "/fee", "acme//fee", "Acme/fee", "acme/fee\n"])
    def test_ids_have_two_parts_in_lower_case(self, bad: str) -> None:
        """An id is lower-case parts with slashes between them."""
        raw = {"id": bad, "kind": "toy.fee", "version": []}

        with pytest.raises(PolicyError) as caught:
            read_policy(raw, "fee.toml", SHELF.kinds, SHELF)

        assert "id" in {fault.path for fault in caught.value.faults}

    def test_nothing_at_all(self) -> None:
        """An empty file misses its id, its kind and its versions."""
        assert {"id", "kind", "version"} == {fault.path for fault in faults_of("")}

    def test_kind_and_id_of_other_types(self) -> None:
        """A number is no id and a list no kind; nothing else is said of them."""
        found = faults_of("id = 5\nkind = []\n" + VERSION)

        assert ["id", "kind"] == sorted(fault.path for fault in found)

    @pytest.mark.parametrize(
        ("text", "got"),
        [
            ("", "nothing"),
            ("version = []\n", "nothing"),
            ("version = 5\n", "5"),
            ('version = "abc"\n', "'abc'"),
            ("[version]\namount = 1\n", "{'amount': 1}"),
        ],
    )
    def test_versions_are_a_list_of_tables(self, text: str, got: str) -> None:
        """No version, or one that is not written as [[version]], is a fault."""
        assert (Fault("version", got, "one or more [[version]] tables"),) == faults_of(HEAD + text)

    def test_a_version_that_is_no_table(self) -> None:
        """A list of other things is refused item by item."""
        found = faults_of(HEAD + "version = [5]\n")

        assert (Fault("version[0]", "5", "a [[version]] table"),) == found

    def test_the_title_is_the_id_where_none_is_given(self) -> None:
        """A policy without a title is called by its id."""
        assert Title(en="acme/fee", zh="acme/fee") == read(HEAD + VERSION).title

    def test_a_title_is_kept(self) -> None:
        """A title is read with both languages."""
        policy = read(HEAD + 'title = { en = "Fee", zh = "费用" }\n' + VERSION)

        assert Title(en="Fee", zh="费用") == policy.title == policy.versions[0].title

    def test_a_version_needs_a_source(self) -> None:
        """A number without a source cannot be built."""
        found = faults_of(HEAD + '[[version]]\nsince = 2020-01-01\namount = "1"\n')

        assert (Fault("version[0].source", "nothing", "a value"),) == found


class TestToml:
    """The text itself."""

    def test_a_syntax_error_names_line_and_column(self) -> None:
        """What is not TOML is one fault that says where the reader stopped."""
        (fault,) = faults_of('id = "acme/fee"\nkind = \n')

        assert "text that is not TOML" == fault.got
        assert "line 2" in fault.wanted
        assert "column" in fault.wanted

    def test_a_key_given_twice(self) -> None:
        """A key given twice is refused, not the last one taken."""
        (fault,) = faults_of('id = "acme/fee"\nid = "acme/fee"\n')

        assert "text that is not TOML" == fault.got

    def test_numbers_are_exact(self) -> None:
        """A TOML number with a point is a Decimal, digit by digit; no float on the way."""
        assert {"rate": Decimal("0.10")} == parse_toml("rate = 0.10", "x")
        assert "0.10" == str(parse_toml("rate = 0.10", "x")["rate"])

    def test_a_byte_order_mark(self) -> None:
        """A mark before the text, which editors put there unseen, is told by its name."""
        with pytest.raises(PolicyError, match="a byte order mark before the text"):
            parse_toml("\ufeffrate = 0.10", "x")

    @pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
    def test_no_number_that_is_none(self, number: str) -> None:
        """NaN and infinity are refused where a number is wanted."""
        (fault,) = faults_of(HEAD + VERSION.replace('"1.50"', number))

        assert ("version[0].amount", "a finite number") == (fault.path, fault.wanted)


class TestVersionHead:
    """Days, approval and cohort of a version."""

    @pytest.mark.parametrize("ends", ["2020-01-01", "2019-12-31"])
    def test_a_repeal_comes_after_the_first_day(self, ends: str) -> None:
        """A version that ends on or before its first day was never in force."""
        found = faults_of(HEAD + VERSION + f"ends_on = {ends}\n")

        assert (Fault("version[0].ends_on", ends, "a day after since (2020-01-01)"),) == found

    def test_the_approval_comes_before_it_is_known(self) -> None:
        """A version cannot be known before it is approved; the same day is fine."""
        table = VERSION + "known_on = 2019-06-01\napproval = { by = 'board', on = 2019-06-0%d }\n"

        assert (
            Fault("version[0].approval.on", "2019-06-02", "a day up to known_on (2019-06-01)"),
        ) == faults_of(HEAD + table % 2)
        assert (
            Approval(by="board", on=date(2019, 6, 1)) == read(HEAD + table % 1).versions[0].approval
        )

    def test_two_of_the_same_days(self) -> None:
        """The same days twice is one fault, also where there are three."""
        found = faults_of(HEAD + VERSION + VERSION + VERSION)

        assert 2 == len(found)
        assert {"two versions known on 2020-01-01"} == {fault.got for fault in found}

    @pytest.mark.parametrize(
        ("cohort", "path", "near"),
        [
            ('{ fact = "regoin", equals = "x" }', "applies_to.fact", ("region",)),
            ('{ fact = "region", equals = 5 }', "applies_to.equals", ()),
            ('{ all = [{ fact = "income", in = "x" }] }', "applies_to.all[0].in", ()),
            ('{ fact = "region", equal = "x" }', "applies_to", ("equals",)),
            ('{ fact = "channel", within = "fone" }', "applies_to", ("phone",)),
            ('{ fact = "channel", in = ["web", "ap"] }', "applies_to", ("app",)),
            ('{ fact = "channel", equals = "brnch" }', "applies_to", ("branch",)),
        ],
    )
    def test_cohorts_are_checked_at_load(self, cohort: str, path: str, near: tuple[str]) -> None:
        """Unknown facts, operators and codes, and values of another type, are faults of the file."""
        (fault,) = faults_of(HEAD + VERSION + f"applies_to = {cohort}\n")

        assert f"version[0].{path}" == fault.path
        assert near == fault.near[: len(near)]

    def test_a_cohort_on_a_tree(self) -> None:
        """A cohort may ask for a code or anything below it; an unknown channel gives no answer."""
        version = read(
            HEAD + VERSION + 'applies_to = { fact = "channel", within = "phone" }\n'
        ).versions[0]

        assert [True, True, False, None] == [
            version.applies(facts)
            for facts in ({"channel": "hotline"}, {"channel": "phone"}, {"channel": "app"}, {})
        ]

    def test_a_code_that_is_not_in_the_tree_is_a_mistake(self) -> None:
        """A customer's code that the tree does not have is refused with the near names."""
        version = read(
            HEAD + VERSION + 'applies_to = { fact = "channel", within = "phone" }\n'
        ).versions[0]

        with pytest.raises(UnknownNameError, match="hotline"):
            version.applies({"channel": "hotlin"})


class TestDeclaredFacts:
    """A version may ask for facts of its own (`[[version.fact]]`)."""

    TEXT = (
        HEAD
        + VERSION
        + """
applies_to = { all = [{ fact = "segment", equals = "retail" }, { fact = "via", within = "phone" }] }
[[version.fact]]
name = "segment"
type = "text"
title = { en = "Segment", zh = "客群" }
[[version.fact]]
name = "via"
type = "code"
tree = "vocabulary/channels"
"""
    )

    def test_they_may_be_used(self) -> None:
        """A declared fact serves the cohort like the kind's own."""
        policy = read(self.TEXT)
        day = date(2021, 1, 1)

        assert policy.versions[0] == policy.on(day, {"segment": "retail", "via": "hotline"})
        assert policy.select(day, {"segment": "retail", "via": "app"}) is None
        assert Undecided(("segment", "via")) == policy.select(day)

    def test_they_are_kept_on_the_version(self) -> None:
        """The version lists what it asks for."""
        assert (
            DeclaredFact(name="segment", type="text", title=Title(en="Segment", zh="客群")),
            DeclaredFact(name="via", type="code", tree="vocabulary/channels"),
        ) == read(self.TEXT).versions[0].facts

    @pytest.mark.parametrize(
        ("fact", "path", "wanted"),
        [
            ('{ name = "region", type = "text" }', "name", "a name that is not taken"),
            ('{ name = "a", type = "txt" }', "type", "one of text, integer"),
            ('{ name = "a", type = "code" }', "tree", "the id of a vocabulary"),
            (
                '{ name = "a", type = "code", tree = "vocabulary/chanels" }',
                "tree",
                "the id of a policy that is loaded or shipped",
            ),
            (
                '{ name = "a", type = "code", tree = "segmentation/cn-retail-shape" }',
                "tree",
                "a vocabulary that is in force on 2020-01-01",
            ),
        ],
    )
    def test_faults(self, fact: str, path: str, wanted: str) -> None:
        """A taken name, an unknown type, and a tree that is missing, unknown or no tree."""
        (found,) = faults_of(HEAD + VERSION + f"fact = [{fact}]\n")

        assert f"version[0].fact[0].{path}" == found.path
        assert found.wanted.startswith(wanted)

    def test_the_same_name_twice(self) -> None:
        """The second fact of a name is the fault."""
        (found,) = faults_of(
            HEAD
            + VERSION
            + 'fact = [{ name = "a", type = "text" }, { name = "a", type = "date" }]\n'
        )

        assert Fault("version[0].fact[1].name", "'a'", "a name that is not taken") == found

    def test_a_tree_that_is_not_yet_in_force(self) -> None:
        """A version older than its vocabulary could never be decided, so it is refused at load."""
        found = faults_of(
            HEAD
            + VERSION.replace("2020", "1990")
            + 'applies_to = { fact = "channel", within = "phone" }\n'
        )

        assert ["a vocabulary that is in force on 1990-01-01"] == [fault.wanted for fault in found]


class TestDigest:
    """The digest tells whether the same facts would be decided alike; nothing else moves it."""

    BASE = HEAD + VERSION + '[[version.row]]\ncode = "A"\nshare = "0.5"\n'

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('id = "acme/fee"', 'id = "acme/other"'),
            ('kind = "toy.fee"', 'kind = "toy.fee"\ntitle = { en = "Fee", zh = "费用" }'),
            ("Acme tariff", "Acme tariff, second print"),
            ('checked = "own"', 'checked = "own", clause = "7", url = "https://acme.example"'),
            ('code = "A"', 'code = "A"\ntitle = { en = "A", zh = "甲" }'),
            ('amount = "1.50"', 'amount = "1.5"'),
            ('amount = "1.50"', "amount = 1.5"),
            ('amount = "1.50"', 'amount = "1.50"\nwaived = false'),
            ('code = "A"\nshare = "0.5"', 'share = "0.5"\ncode = "A"'),
            ("since = 2020-01-01", "since = 2021-01-01"),
            ("since = 2020-01-01", "since = 2020-01-01\nknown_on = 2019-01-01"),
            ("since = 2020-01-01", "since = 2020-01-01\nends_on = 2022-01-01"),
            (
                "since = 2020-01-01",
                'since = 2020-01-01\napproval = { by = "board", on = 2019-12-01 }',
            ),
        ],
    )
    def test_upkeep_does_not_move_it(self, old: str, new: str) -> None:
        """Titles, citations, days, approval, key order, trailing zeros and written defaults do not count."""
        assert old in self.BASE
        assert (
            read(self.BASE).versions[0].ref.digest
            == read(self.BASE.replace(old, new)).versions[0].ref.digest
        )

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('amount = "1.50"', 'amount = "1.51"'),
            ('amount = "1.50"', 'amount = "1.50"\nwaived = true'),
            ('code = "A"', 'code = "B"'),
            ('share = "0.5"', 'share = "0.50001"'),
            ('share = "0.5"', ""),
            ('share = "0.5"\n', 'share = "0.5"\n[[version.row]]\ncode = "B"\n'),
            (
                'amount = "1.50"',
                'amount = "1.50"\napplies_to = { fact = "region", equals = "east" }',
            ),
            ('amount = "1.50"', 'amount = "1.50"\nfact = [{ name = "a", type = "text" }]'),
            (
                'amount = "1.50"',
                'amount = "1.50"\nunless = { fact = "opened_on", at_least = 2020-01-01 }',
            ),
        ],
    )
    def test_every_parameter_moves_it(self, old: str, new: str) -> None:
        """Any change of a parameter, of the cohort or of a declared fact is another version."""
        assert old in self.BASE
        assert (
            read(self.BASE).versions[0].ref.digest
            != read(self.BASE.replace(old, new)).versions[0].ref.digest
        )

    def test_a_date_is_not_its_text(self) -> None:
        """A condition on a date and one on the same text are two conditions."""
        fact = {"name": "a", "type": "text"}
        dated = one(unless={"fact": "a", "equals": date(2020, 1, 1)}, fact=[fact])
        text = one(unless={"fact": "a", "equals": "2020-01-01"}, fact=[fact])

        assert dated.ref.digest != text.ref.digest

    @given(st.data())
    def test_equal_exactly_where_the_parameters_are(self, data: st.DataObject) -> None:
        """Two versions share a digest if and only if their parameters are equal, titles aside."""
        amounts = st.sampled_from([Decimal(1), Decimal("1.0"), Decimal(2), Decimal("0.1")])
        written = st.fixed_dictionaries(
            {"amount": amounts, "waived": st.booleans()},
            optional={
                "row": st.lists(
                    st.fixed_dictionaries(
                        {"code": st.sampled_from("AB")},
                        optional={
                            "share": amounts,
                            "title": st.just({"en": "x", "zh": "x"}),
                        },
                    ),
                    max_size=2,
                )
            },
        )
        first, second = (one(**data.draw(written)) for _ in range(2))

        assert (_bare(first.written) == _bare(second.written)) == (
            first.ref.digest == second.ref.digest
        )


def _bare(fee: Fee) -> Fee:
    return attrs.evolve(fee, row=tuple(attrs.evolve(row, title=None) for row in fee.row))


class TestKeptText:
    """The canonical text of a version, as a journal keeps it, reads back to an equal version."""

    @pytest.mark.parametrize("policy_id", policies.shelf().shipped())
    def test_shipped_policies(self, policy_id: str) -> None:
        """Every version of every shipped policy comes back equal, parameters included."""
        shelf = policies.shelf()
        for version in shelf.get(policy_id).versions:
            again = read_kept(version.text, shelf.kinds, shelf)

            assert version == again
            assert version.ref == again.ref
            assert (version.written, version.text, version.source) == (
                again.written,
                again.text,
                again.source,
            )

    @pytest.mark.parametrize(
        "cohort",
        [
            {"fact": "opened_on", "at_least": date(2024, 9, 1)},
            {"fact": "opened_on", "between": [date(2024, 9, 1), date(2025, 1, 1)]},
            {"fact": "income", "more_than": Decimal("10.5")},
            {"fact": "income", "in": [1, Decimal("2.5")]},
            {"fact": "region", "equals": "2024-09-01"},
            {"fact": "channel", "within": "phone"},
            {
                "any": [
                    {"not": {"fact": "opened_on", "less_than": date(2024, 9, 1)}},
                    {"all": [{"fact": "income", "at_most": 7}]},
                ]
            },
        ],
    )
    def test_conditions(self, cohort: Mapping[str, Any]) -> None:
        """Conditions on dates, numbers, texts and codes come back with the types they had."""
        version = one(applies_to=cohort, unless=cohort)
        again = read_kept(version.text, SHELF.kinds, SHELF)

        assert version == again
        assert version.applies_to == again.applies_to
        assert version.written == again.written
        assert version.cohort == again.cohort

    def test_everything_a_head_may_hold(self) -> None:
        """Days, approval, citation and declared facts come back too."""
        version = one(
            known_on=date(2019, 6, 1),
            ends_on=date(2025, 1, 1),
            approval={"by": "board", "on": date(2019, 5, 1), "document": "7/2019"},
            source={
                "text": "Acme tariff",
                "checked": "secondary",
                "clause": "7",
                "number": "2019年第7号",
                "published_on": date(2019, 5, 2),
                "read_on": date(2019, 5, 3),
            },
            fact=[{"name": "a", "type": "text", "title": {"en": "A", "zh": "甲"}}],
            row=[{"code": "A", "share": Decimal("0.25"), "title": {"en": "A", "zh": "甲"}}],
        )
        again = read_kept(version.text, SHELF.kinds, SHELF)

        for name in (f.name for f in attrs.fields(Version) if f.name not in ("within", "kind")):
            assert getattr(version, name) == getattr(again, name), name

    def test_the_text_is_canonical(self) -> None:
        """Two writings of the same version are kept as one text."""
        assert (
            read(HEAD + VERSION).versions[0].text
            == read(HEAD + VERSION.replace('"1.50"', "1.5") + "waived = false\n").versions[0].text
        )

    def test_a_spoilt_text_is_refused(self) -> None:
        """A kept text that was changed to something impossible names what is wrong."""
        kept = json.loads(one(applies_to={"fact": "income", "at_least": Decimal("1.5")}).text)
        kept["version"][0]["amount"] = "much"
        kept["version"][0]["applies_to"]["at_least"] = {"number": "more"}

        with pytest.raises(PolicyError) as caught:
            read_kept(json.dumps(kept), SHELF.kinds, SHELF)

        assert ["version[0].amount", "version[0].applies_to"] == sorted(
            fault.path for fault in caught.value.faults
        )

    @given(
        st.builds(
            dict,
            amount=st.decimals(0, 10**6, places=3),
            waived=st.booleans(),
            row=st.lists(
                st.fixed_dictionaries(
                    {"code": st.text(min_size=1, max_size=3)},
                    optional={"share": st.decimals(-5, 5, places=4)},
                ),
                max_size=3,
            ),
        )
    )
    def test_any_parameters(self, table: dict[str, Any]) -> None:
        """Whatever the parameters, the text reads back to them."""
        version = one(**table)
        again = read_kept(version.text, SHELF.kinds, SHELF)

        assert (version, version.written) == (again, again.written)


class TestDerive:
    """A small change of a policy is made by deriving one."""

    SOURCE = Citation(text="Acme memo", checked="own", clause="3")

    def test_the_newest_version_changed(self) -> None:
        """The result has one version: the newest with the parameters given, from the day given."""
        base = read(HEAD + VERSION + VERSION.replace("2020", "2021").replace("1.50", "2.50"))
        derived = derive(
            base,
            "acme/pilot",
            since=date(2026, 1, 1),
            source=self.SOURCE,
            library=SHELF,
            waived=True,
        )
        (version,) = derived.versions

        assert Fee(amount=Decimal("2.5"), waived=True) == version.parameters
        assert ("acme/pilot", date(2026, 1, 1), date(2026, 1, 1)) == (
            version.ref.policy,
            version.ref.since,
            version.ref.known_on,
        )
        assert self.SOURCE == version.source
        assert base.title == derived.title == version.title
        assert "acme/pilot" == derived.id

    def test_a_title_of_its_own(self) -> None:
        """A derived policy may be called something else."""
        title = Title(en="Pilot", zh="试点")
        derived = derive(
            read(HEAD + VERSION),
            "acme/pilot",
            since=date(2026, 1, 1),
            source=self.SOURCE,
            library=SHELF,
            title=title,
        )

        assert title == derived.title == derived.versions[0].title

    def test_the_same_checks_as_a_file(self) -> None:
        """What the kind refuses in a file, it refuses here."""
        with pytest.raises(PolicyError) as caught:
            derive(
                read(HEAD + VERSION),
                "acme/pilot",
                since=date(2026, 1, 1),
                source=self.SOURCE,
                library=SHELF,
                amount=Decimal(-1),
            )

        assert (Fault("amount", "-1", "0 or more"),) == caught.value.faults

    def test_an_unknown_parameter(self) -> None:
        """A parameter the kind does not have is a TypeError that names it."""
        with pytest.raises(TypeError, match="amuont"):
            derive(
                read(HEAD + VERSION),
                "acme/pilot",
                since=date(2026, 1, 1),
                source=self.SOURCE,
                library=SHELF,
                amuont=Decimal(1),
            )

    def test_the_result_can_be_kept(self) -> None:
        """A derived version's text reads back like any other."""
        derived = derive(
            read(HEAD + VERSION),
            "acme/pilot",
            since=date(2026, 1, 1),
            source=self.SOURCE,
            library=SHELF,
            waived=True,
        ).versions[0]

        assert derived == read_kept(derived.text, SHELF.kinds, SHELF)


class TestShelf:
    """Policies are found by id: those given first, then the shipped ones."""

    def test_every_shipped_policy_loads(self) -> None:
        """What is listed can be read, under its own id and by its own kind."""
        shelf = policies.shelf()

        for policy_id in shelf.shipped():
            policy = shelf.get(policy_id)
            assert policy_id == policy.id
            assert policy.kind is shelf.kinds[policy.kind.name]

    def test_read_once(self) -> None:
        """A shipped policy is read when first asked for, and then the same one is given."""
        shelf = PolicyShelf(policies.kinds(), {"vocabulary": "bankservice.core"})

        assert shelf.get("vocabulary/roles") is shelf.get("vocabulary/roles")

    def test_the_home_part_may_be_left_out(self) -> None:
        """A shelf with a home takes short ids; full ones serve as well."""
        assert SHELF.get("roles") is SHELF.get("vocabulary/roles")

    @pytest.mark.parametrize(
        ("wrong", "near"),
        [
            ("vocabulary/chanels", "vocabulary/channels"),
            ("segmentation/cn-retail", "segmentation/cn-retail-shape"),
            ("../core/policies/vocabulary/roles", "vocabulary/roles"),
        ],
    )
    def test_unknown_ids_offer_near_ones(self, wrong: str, near: str) -> None:
        """An id that is not known, also one that climbs out of its folder, offers the near ones."""
        with pytest.raises(UnknownNameError) as caught:
            SHELF.load(wrong)

        assert near in caught.value.near
        assert ("policy", wrong) == (caught.value.kind, caught.value.name)

    def test_own_policies_hide_shipped_ones(self) -> None:
        """A policy given under a shipped id is the one found; the shelf it came from is unchanged."""
        text = """
id = "vocabulary/roles"
kind = "vocabulary.tree"
[[version]]
since = 2020-01-01
source = { text = "Acme", checked = "own" }
code = [{ code = "clerk", title = { en = "Clerk", zh = "柜员" } }]
"""
        own = SHELF.read(text, "roles.toml")
        shelf = SHELF.with_policies([own])

        assert shelf.get("vocabulary/roles") is own is shelf.get("roles")
        assert SHELF.get("vocabulary/roles") is not own
        assert SHELF.ids() == shelf.ids()

    LINKING = """
id = "acme/{name}"
kind = "vocabulary.tree"
[[version]]
since = 2020-01-01
source = {{ text = "Acme", checked = "own" }}
extends = "acme/{extends}"
code = [{{ code = "{name}", title = {{ en = "x", zh = "x" }} }}]
"""

    def codes(self, name: str, extends: str = "") -> str:
        """Return a vocabulary of one code, which may extend another."""
        text = self.LINKING.format(name=name, extends=extends)
        return text if extends else text.replace('extends = "acme/"', "")

    @pytest.fixture
    def acme(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PolicyShelf]:
        """Return a shelf with four vocabularies: c extends b extends a, and d what is not there."""
        folder = tmp_path / "acme_rules_b" / "policies" / "acme"
        folder.mkdir(parents=True)
        (tmp_path / "acme_rules_b" / "__init__.py").write_text("", "utf-8")
        for name, extends in (("a", ""), ("b", "a"), ("c", "b"), ("d", "none")):
            (folder / f"{name}.toml").write_text(self.codes(name, extends), "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        yield PolicyShelf(policies.kinds(), {"acme": "acme_rules_b"})
        sys.modules.pop("acme_rules_b", None)

    def test_what_is_not_hidden_is_read_once(self, acme: PolicyShelf) -> None:
        """Shelves with policies of their own share the shipped ones that link none of those."""
        first = acme.with_policies([read(HEAD + VERSION)])
        second = first.with_policies([acme.read(self.codes("e"), "e.toml")])

        assert acme.get("acme/c") is first.get("acme/c") is second.get("acme/c")

    def test_what_links_a_hidden_policy_is_read_again(self, acme: PolicyShelf) -> None:
        """However far away: a shipped policy links what is found on the shelf it is asked from."""
        hiding = acme.with_policies([acme.read(self.codes("a").replace('"a"', '"z"'), "a.toml")])

        assert ["a", "b", "c"] == list(acme.get("acme/c").versions[-1].parameters)
        assert ["z", "b", "c"] == list(hiding.get("acme/c").versions[-1].parameters)
        assert ["a", "b", "c"] == list(acme.get("acme/c").versions[-1].parameters)

    def test_what_links_nothing_shipped(self, acme: PolicyShelf) -> None:
        """A shipped policy may link one that only a bank has."""
        with pytest.raises(PolicyError):
            acme.get("acme/d")
        own = acme.with_policies([acme.read(self.codes("none"), "none.toml")])

        assert ["none", "d"] == list(own.get("acme/d").versions[-1].parameters)

    def test_own_policies_are_listed(self) -> None:
        """All ids together, in order, each once."""
        shelf = SHELF.with_policies([read(HEAD + VERSION)])

        assert tuple(sorted({*SHELF.ids(), "acme/fee"})) == shelf.ids()
        assert "acme/fee" not in shelf.shipped()

    def test_only_policy_files_are_shipped(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A package of a bank's own serves like ours; files that are no TOML are not policies."""
        folder = tmp_path / "acme_rules_a" / "policies" / "acme"
        folder.mkdir(parents=True)
        (tmp_path / "acme_rules_a" / "__init__.py").write_text("", "utf-8")
        (folder / "fee.toml").write_text(HEAD + VERSION, "utf-8")
        (folder / "README.txt").write_text("notes", "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        shelf = PolicyShelf([FEE], {"acme": "acme_rules_a"})

        assert ("acme/fee",) == shelf.shipped()
        assert "acme/fee" == shelf.load("acme/fee").id
        sys.modules.pop("acme_rules_a", None)

    def test_a_file(self, tmp_path: Path) -> None:
        """A path, or a text that ends in .toml, is read from the file; the shelf does not keep it."""
        path = tmp_path / "fee.toml"
        path.write_text(HEAD + VERSION, "utf-8")

        assert ["acme/fee"] * 2 == [SHELF.load(path).id, SHELF.load(str(path)).id]
        assert "acme/fee" not in SHELF.ids()

    def test_a_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there is a fault that names it."""
        path = tmp_path / "none.toml"

        with pytest.raises(PolicyError) as caught:
            SHELF.load(str(path))

        assert str(path) == caught.value.what
        assert (Fault("", "FileNotFoundError", "a readable UTF-8 file"),) == caught.value.faults

    def test_a_file_that_is_not_utf_8(self, tmp_path: Path) -> None:
        """A file in another encoding is refused, not guessed."""
        path = tmp_path / "gbk.toml"
        path.write_bytes('title = "费用"'.encode("gbk"))

        with pytest.raises(PolicyError) as caught:
            SHELF.load(path)

        assert (Fault("", "UnicodeDecodeError", "a readable UTF-8 file"),) == caught.value.faults

    def test_faults_of_a_file_name_it(self, tmp_path: Path) -> None:
        """A faulty file is named in the message by its path."""
        path = tmp_path / "fee.toml"
        path.write_text(HEAD, "utf-8")

        with pytest.raises(FaultsError, match=r"fee\.toml has 1 fault:"):
            SHELF.load(path)
