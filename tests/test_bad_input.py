"""Bad input: each time a message that names what and where, and nothing half-written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

import bankservice
from bankservice import policies
from bankservice.bank import Bank
from bankservice.core.errors import (
    BankServiceError,
    CommandConflictError,
    FaultsError,
    IdentifierError,
    IntegrityError,
    NotInForceError,
    PolicyError,
    RaceLostError,
    SchemaVersionError,
    UnknownKindError,
    UnknownNameError,
)
from bankservice.core.journal import Append, Commit, Entry, Journal, Stream
from bankservice.core.money import ExchangeRates, Money, Quote
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.segmentation import Measure, balance_days, tier_band
from bankservice.testing import cases

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
SHIPPED = "segmentation/cn-retail-shape"
ACME = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme retail policy", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
[[version.tier]]
code = "STANDARD"
[[version.tier]]
code = "GOLD"
enter = "50000.00"
retain = "40000.00"
"""
RICH = {"average": "60000.00"}


def acme(text: str = ACME) -> Policy[Any]:
    """Return a bank's own policy."""
    return policies.shelf().read(text, "acme.policy.toml")


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Return an empty journal of each kind."""
    if request.param == "memory":
        yield MemoryJournal()
    else:
        with SqlJournal.open(f"sqlite:///{tmp_path / 'bank.db'}") as held:
            yield held


@pytest.fixture
def bank(journal: Journal) -> Bank:
    """Return a bank with a record that is still empty."""
    return Bank(journal, tiers=acme(), now=lambda: NOW)


def written(journal: Journal) -> list[Any]:
    """Return all a journal holds in its feed."""
    return list(journal.feed(limit=100))


def untouched(bank: Bank, command_id: str = "run-1") -> bool:
    """Tell whether a bank's journal holds no entry and no receipt of a command."""
    return not written(bank.journal) and not bank.journal.receipts("default", (command_id,))


class TestPolicyWithFiveFaults:
    """Every fault of a file is told at once, each with its path and the near names."""

    FIVE = (
        ACME.replace('"acme/tiers"', '"Acme Tiers"')
        .replace('"Asia/Shanghai"', '"Asia/Shangai"')
        .replace('"CNY"', '"CNX"')
        .replace('retain = "40000.00"', 'retain = "40000.001"\ngrase = "P3M"')
        .replace('code = "GOLD"', 'code = "GOLD"\nlanding = "x"')
    )

    def test_all_at_once(self) -> None:
        """Unknown keys are told together; none hides another."""
        with pytest.raises(PolicyError) as told:
            acme(self.FIVE)

        assert [fault.path for fault in told.value.faults][:1] == ["id"]
        assert {"version[0].tier[1].grase", "version[0].tier[1].landing"} <= {
            fault.path for fault in told.value.faults
        }
        assert "did you mean grace?" in str(told.value)

    def test_five_of_five_kinds(self) -> None:
        """A bad id, zone, currency, level and code: five faults, five paths, near names."""
        text = self.FIVE.replace('\ngrase = "P3M"', "").replace('\nlanding = "x"', "")
        text += '[[version.tier]]\ncode = "GOLD"\nenter = "50000.00"\n'
        with pytest.raises(PolicyError) as told:
            acme(text)

        assert [fault.path for fault in told.value.faults] == [
            "id",
            "version[0].zone",
            "version[0].currency",
            "version[0].tier[1].retain",
            "version[0].tier[2].code",
        ]
        assert "acme.policy.toml has 5 faults" in str(told.value)
        assert "did you mean Asia/Shanghai" in str(told.value)

    def test_nothing_is_taken(self, tmp_path: Path) -> None:
        """A shelf that was given a faulty file holds none of it."""
        path = tmp_path / "acme.policy.toml"
        path.write_text(self.FIVE, "utf-8")
        shelf = policies.shelf().with_policies(())
        with pytest.raises(PolicyError):
            shelf.load(path)

        with pytest.raises(UnknownNameError):
            shelf.get("acme/tiers")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "id = ",
            "\x00",
            'id = "acme/tiers"',
            'id = "acme/tiers"\nkind = "segmentation.tier"\nversion = []',
            'id = "acme/tiers"\nkind = "segmentation.tiers"\nversion = []',
            'id = "acme/tiers"\nkind = "segmentation.tiers"\nversion = 5',
            'id = "acme/tiers"\nkind = "segmentation.tiers"\nversion = [5]',
            'id = "acme/tiers"\nkind = "segmentation.tiers"\nversion = { since = 2020-01-01 }',
            ACME.replace("2020-01-01", "2020-01-01T00:00:00Z"),
            ACME.replace("2020-01-01", '"2020-01-01"'),
            ACME.replace('checked = "own"', 'checked = "yes"'),
            ACME.replace(', checked = "own"', ""),
            ACME.replace('"50000.00"', "50000.00"),
            ACME.replace('"50000.00"', '"30000.00"'),
            ACME.replace('"50000.00"', '"nan"'),
            ACME.replace('"50000.00"', '"1e999999999"'),
            ACME + 'protection = "6 months"',
            ACME + 'protection = "PT6H"',
            ACME + 'services = ["no_such_service"]',
            ACME.replace("zone =", 'review = ["13-01"]\nzone ='),
            ACME.replace("zone =", 'review = "month-ends"\nzone ='),
            ACME.replace("zone =", 'review = ["W05-1"]\nzone ='),
            ACME.replace("zone =", "ends_on = 2019-01-01\nzone ="),
            ACME + ACME[ACME.index("[[version]]") :],
        ],
    )
    def test_each_is_told(self, text: str) -> None:
        """A file with one fault is refused with a path, what stands there, and what is wanted."""
        with pytest.raises(PolicyError) as told:
            acme(text)

        assert all(fault.got and fault.wanted for fault in told.value.faults)


class TestGapOnTheDayAsked:
    """A day without a version is an error that names the policy, the day and the bounds."""

    def test_before_the_first(self) -> None:
        """Before the first version the message names when it starts."""
        with pytest.raises(
            NotInForceError, match=r"acme/tiers has no version on 2019-12-31: .*2020-01-01"
        ):
            tier_band(acme(), measure=RICH, on=date(2019, 12, 31))

    def test_after_a_repeal(self) -> None:
        """From `ends_on` on there is none, and the message names the day."""
        repealed = acme(ACME.replace("zone =", "ends_on = 2025-01-01\nzone ="))

        assert tier_band(repealed, measure=RICH, on=date(2024, 12, 31)).outcome.tier == "GOLD"
        with pytest.raises(NotInForceError, match="on 2025-01-01: it ended on 2025-01-01"):
            tier_band(repealed, measure=RICH, on=date(2025, 1, 1))

    def test_in_a_record(self, bank: Bank) -> None:
        """A command on such a day is refused; the receipt says so and no entry is written."""
        answer = bank.standings.assess("run-1", "customer-7", measure=RICH, on=date(2019, 1, 1))

        assert ("not-in-force", {"policy": "acme/tiers", "on": "2019-01-01"}) == (
            answer.refused,
            dict(answer.facts),
        )
        assert [] == written(bank.journal)


class TestUsedVersionEdited:
    """A version that was used and then changed under the same dates is refused."""

    EDITED = ACME.replace("50000.00", "55000.00")

    def test_refused(self, bank: Bank) -> None:
        """The bank opened again with the edit writes nothing, and the message names the version."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)
        before = written(bank.journal)
        again = Bank(bank.journal, tiers=acme(self.EDITED), now=lambda: NOW)

        with pytest.raises(IntegrityError, match=r"acme/tiers.*2020-01-01"):
            again.standings.assess("run-2", "customer-8", measure=RICH)
        assert written(bank.journal) == before
        assert not bank.journal.receipts("default", ("run-2",))
        assert bank.standings.view("customer-8").tier == "STANDARD"

    def test_after_reopening(self, tmp_path: Path) -> None:
        """The archive outlives the process that wrote it."""
        url = f"sqlite:///{tmp_path / 'bank.db'}"
        with bankservice.open(url, tiers=acme(), now=lambda: NOW) as first:
            first.standings.assess("run-1", "customer-7", measure=RICH)
        with bankservice.open(url, tiers=acme(self.EDITED), now=lambda: NOW) as again:
            with pytest.raises(IntegrityError, match="acme/tiers"):
                again.standings.assess("run-2", "customer-8", measure=RICH)
            assert 1 == len(written(again.journal))

    def test_titles_may_change(self, bank: Bank) -> None:
        """What is no parameter (a title, the source's upkeep) is no edit."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)
        titled = ACME.replace("[[version]]", 'title = { en = "A", zh = "A" }\n[[version]]', 1)
        again = Bank(bank.journal, tiers=acme(titled), now=lambda: NOW)

        assert again.standings.assess("run-2", "customer-8", measure=RICH).accepted

    def test_a_later_version_may_come(self, bank: Bank) -> None:
        """A new version under its own dates is no edit, nor is a correction known later."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)
        body = self.EDITED[self.EDITED.index("[[version]]") :]
        later = body.replace("since = 2020-01-01", "since = 2026-01-01")
        corrected = body.replace("since = 2020-01-01", "since = 2020-01-01\nknown_on = 2026-03-01")

        for place, more in enumerate((later, corrected), start=2):
            again = Bank(bank.journal, tiers=acme(ACME + more), now=lambda: NOW)
            assert again.standings.assess(
                f"run-{place}", f"customer-{place}8", measure=RICH
            ).accepted


class TestUnknownCurrency:
    """A currency ISO 4217 does not list is refused with the near ones."""

    @pytest.mark.parametrize("code", ["CNX", "cny", "XAU", "", "元"])
    def test_money(self, code: str) -> None:
        """No amount can be in it."""
        with pytest.raises(UnknownNameError, match=f"no currency '{code}'"):
            Money.of("1.00", code)

    def test_near_names(self) -> None:
        """The near ones are offered."""
        with pytest.raises(UnknownNameError, match=r"did you mean .*CNY"):
            Money(1, "CNYY")

    def test_policy(self) -> None:
        """A policy names where it stands."""
        with pytest.raises(PolicyError, match=r"version\[0\]\.currency: got 'RMB'"):
            acme(ACME.replace("CNY", "RMB"))


class TestNaN:
    """What is no finite number is refused wherever numbers enter."""

    @pytest.mark.parametrize("text", ["NaN", "nan", "sNaN", "Infinity", "-inf", "1e999999999"])
    def test_refused(self, bank: Bank, text: str) -> None:
        """In a command, in money and in a rate; nothing is written."""
        with pytest.raises(FaultsError, match=r"measure\.average"):
            bank.standings.assess("run-1", "customer-7", measure={"average": text})
        with pytest.raises(ValueError, match=r"finite|digits"):
            Money.of(text, "CNY")
        if text != "1e999999999":
            with pytest.raises(ValueError, match="rate of USD on 2026-01-01"):
                Quote("USD", date(2026, 1, 1), Decimal(text))
        assert untouched(bank)


class TestFloatAmount:
    """A float is refused wherever an amount enters, also one that looks exact."""

    @pytest.mark.parametrize("amount", [0.5, 60000.0, float("nan"), float("inf")])
    def test_refused(self, bank: Bank, amount: float) -> None:
        """In a command, in money, in a measure and in a rate; nothing is written."""
        with pytest.raises(FaultsError, match=r"measure\.average: got float .*as text"):
            bank.standings.assess("run-1", "customer-7", measure={"average": amount})
        with pytest.raises(TypeError, match="float"):
            Money.of(amount, "CNY")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="int"):
            Money(amount, "CNY")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="floats are refused"):
            Measure(amount)  # type: ignore[arg-type]
        assert untouched(bank)

    def test_a_rate(self) -> None:
        """An exchange rate is a Decimal."""
        with pytest.raises((TypeError, ValueError), match="USD"):
            ExchangeRates("CNY", [Quote("USD", date(2026, 1, 1), 7.1)])  # type: ignore[arg-type]

    @pytest.mark.parametrize("raw", [True, None, 5, [], {}, "", "six", "6,0000"])
    def test_other_nonsense(self, bank: Bank, raw: object) -> None:
        """Anything but an amount as text is refused too."""
        with pytest.raises(FaultsError, match="measure"):
            bank.standings.assess("run-1", "customer-7", measure={"average": raw})
        assert untouched(bank)


class TestNaiveTime:
    """A time without a zone has no local day: it is refused, and nothing is written."""

    NAIVE = datetime(2026, 3, 31, 12)  # noqa: DTZ001 - the fault under test

    def test_now(self, journal: Journal) -> None:
        """A source of time that is naive."""
        bank = Bank(journal, tiers=acme(), now=lambda: self.NAIVE)

        with pytest.raises(ValueError, match="2026-03-31T12:00:00 has no time zone"):
            bank.standings.assess("run-1", "customer-7", measure=RICH)
        with pytest.raises(ValueError, match="no time zone"):
            bank.standings.view("customer-7")
        assert untouched(bank)

    def test_at(self) -> None:
        """The business time of a command."""
        with pytest.raises(ValueError, match="no time zone"):
            Command(id="run-1", subject="customer-7", body=None, at=self.NAIVE)

    def test_as_of(self, bank: Bank) -> None:
        """The instant a view is asked for."""
        with pytest.raises(ValueError, match="no time zone"):
            bank.standings.view("customer-7", self.NAIVE)

    def test_in_a_date(self, bank: Bank) -> None:
        """A datetime, naive or not, is no day."""
        for moment in (self.NAIVE, NOW):
            with pytest.raises(FaultsError, match="on: got datetime"):
                bank.standings.assess("run-1", "customer-7", measure=RICH, on=moment)
        assert untouched(bank)


CARD = "4111111111111111"
IDENTITY = "11010519491231002X"


class TestIdLikeACard:
    """An id that looks like a card or identity number is refused and never repeated."""

    @pytest.mark.parametrize("text", [CARD, "4111 1111 1111 1111", "4111-1111-1111-1111", IDENTITY])
    def test_refused(self, bank: Bank, text: str) -> None:
        """As customer, command, actor or approver; the message says which and not the value."""
        body = bank.standings.desk.record.command("assess", {"measure": RICH})
        good: dict[str, Any] = {
            "id": "run-1",
            "subject": "customer-7",
            "actor": "ann",
            "approved_by": "bob",
        }
        for part, word in (
            ("id", "command"),
            ("subject", "subject"),
            ("actor", "actor"),
            ("approved_by", "approver"),
        ):
            with pytest.raises(IdentifierError, match=f"the {word} id looks like") as told:
                Command(**{**good, part: text}, body=body)
            assert text not in str(told.value)
        assert untouched(bank)

    def test_tenant(self) -> None:
        """As tenant too."""
        with (
            bankservice.open("memory:", tiers=acme(), now=lambda: NOW, tenant=CARD) as bank,
            pytest.raises(IdentifierError, match="tenant"),
        ):
            bank.standings.assess("run-1", "customer-7", measure=RICH)

    def test_household(self, bank: Bank) -> None:
        """As a household's id too: it is an id like any other."""
        with pytest.raises(BankServiceError, match="household"):
            bank.standings.assess("run-1", "customer-7", measure=RICH, household=CARD)
        assert untouched(bank)

    def test_account(self) -> None:
        """As an account's id or a member's: there a card number is likeliest of all."""
        account = {"id": "a-1", "currency": "CNY", "opened_on": date(2026, 1, 1), "balances": []}
        for part in ("id", "member"):
            with pytest.raises(FaultsError, match=r"accounts\[0\].*looks like a card") as told:
                balance_days(SHIPPED, on=date(2026, 1, 31), accounts=[{**account, part: CARD}])
            assert CARD not in str(told.value)


class TestTwoCommandsUnderOneId:
    """The same id with the same content is the first answer again; other content a conflict."""

    def test_same(self, bank: Bank) -> None:
        """The first answer again, marked; one entry."""
        first = bank.standings.assess("run-1", "customer-7", measure=RICH)
        again = bank.standings.assess("run-1", "customer-7", measure=RICH)

        assert attrs.evolve(first, replayed=True) == again
        assert 1 == len(written(bank.journal))

    @pytest.mark.parametrize(
        ("other", "named"),
        [
            ({"measure": {"average": "60000.01"}}, "with.measure"),
            ({"customer": "customer-8"}, "subject"),
            ({"actor": "ann"}, "actor"),
            ({"on": date(2026, 3, 30)}, "with.on"),
        ],
    )
    def test_other(self, bank: Bank, other: dict[str, Any], named: str) -> None:
        """The message names id and part, never the content; nothing is written."""
        given: dict[str, Any] = {"customer": "customer-7", "measure": RICH}
        bank.standings.assess("run-1", **given)
        with pytest.raises(CommandConflictError, match=rf"'run-1'.*{named}\.") as told:
            bank.standings.assess("run-1", **{**given, **other})

        assert "60000" not in str(told.value)
        assert 1 == len(written(bank.journal))

    def test_malformed_commands_do_not_burn_the_id(self, bank: Bank) -> None:
        """After a fault the id is free."""
        with pytest.raises(FaultsError):
            bank.standings.assess("run-1", "customer-7", measure={"average": "x"})

        assert bank.standings.assess("run-1", "customer-7", measure=RICH).accepted


class _Busy(MemoryJournal):
    """A journal in which another writer always comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = 0

    def commit(self, commit: Commit) -> None:
        """Let another writer gain or lose the tier before each commit."""
        self.tried += 1
        (append,) = commit.appends
        other = attrs.evolve(
            append.entries[0],
            kind="overridden",
            data={"on": "2026-03-31", "reason": f"r-{self.tried}"},
            sealed=None,
            actor="another",
            command_id=f"other-{self.tried}",
        )
        super().commit(Commit(appends=(Append(append.stream, append.expected, (other,)),)))
        super().commit(commit)


class TestLostRace:
    """A lost race is tried again a bounded number of times; then it is told and nothing written."""

    def test_bounded(self) -> None:
        """The message names the stream and versions; the loser leaves no receipt and no entry."""
        journal = _Busy()
        bank = Bank(journal, tiers=acme(), now=lambda: NOW)
        with pytest.raises(
            RaceLostError, match=r"segmentation\.standing/customer-7 is at .*expected version \d+"
        ):
            bank.standings.assess("run-1", "customer-7", measure=RICH)

        assert 1 < journal.tried <= 10
        assert {"another"} == {fed.entry.actor for fed in written(journal)}
        assert not journal.receipts("default", ("run-1",))

    def test_a_stale_commit(self, journal: Journal) -> None:
        """A commit on an old version is refused whole, also the part that would have fitted."""
        streams = [Stream.of("default", "test.record", key) for key in ("a", "b")]

        def entry(stream: Stream, version: int) -> Entry:
            return Entry(
                stream=stream, version=version, kind="made", schema=1, effective_at=NOW,
                recorded_at=NOW, actor="ann", command_id="c-1", data={},
            )  # fmt: skip

        journal.commit(Commit(appends=(Append(streams[0], 0, (entry(streams[0], 1),)),)))
        stale = tuple(Append(stream, 0, (entry(stream, 1),)) for stream in reversed(streams))
        with pytest.raises(
            RaceLostError, match=r"test\.record/a is at version 1.*expected version 0"
        ):
            journal.commit(Commit(appends=stale))

        assert () == journal.read(streams[1])


class TestNewerSchema:
    """What a newer version wrote is refused, named and left as it is."""

    def test_journal(self, tmp_path: Path) -> None:
        """A file of a newer schema is not opened."""
        file = tmp_path / "bank.db"
        SqlJournal.open(f"sqlite:///{file}").close()
        with sqlite3.connect(file) as raw:
            names = [
                name
                for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE name LIKE '%meta'")
            ]
            raw.execute(f"UPDATE {names[0]} SET value = '999'")
        raw.close()
        before = file.read_bytes()

        with pytest.raises(SchemaVersionError, match="schema 999, newer than"):
            bankservice.open(f"sqlite:///{file}")
        assert file.read_bytes() == before

    @pytest.mark.parametrize(("kind", "schema"), [("assessed", 2), ("promoted", 1)])
    def test_entry(self, bank: Bank, kind: str, schema: int) -> None:
        """An entry of a newer schema or kind is named; the record takes nothing on top of it."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)
        stream = bank.standings.desk.stream("customer-7")
        (first,) = bank.journal.read(stream)
        newer = attrs.evolve(first, version=2, kind=kind, schema=schema, command_id="run-2")
        bank.journal.commit(Commit(appends=(Append(stream, 1, (newer,)),)))

        for ask in (
            lambda: bank.standings.view("customer-7"),
            lambda: bank.standings.assess("run-3", "customer-7", measure=RICH),
        ):
            with pytest.raises(
                UnknownKindError, match=rf"customer-7 version 2 is '{kind}' of schema {schema}"
            ):
                ask()
        assert 2 == len(written(bank.journal))


class TestCaseTable:
    """An unknown rule, fact, path or key in a case table is bad, with the near name."""

    TABLE = (
        'rule = "segmentation.tier-band"\npolicy = "segmentation/cn-retail-shape"\n[[case]]\nname = "x"\n'
        'facts = { measure = "unknown", on = 2026-01-31 }\nabsent = ["tier"]\n'
    )

    @pytest.fixture
    def run(self, tmp_path: Path) -> Callable[[str], cases.Report]:
        """Return a function that runs the text of a table."""

        def one(text: str) -> cases.Report:
            (tmp_path / "t.toml").write_text(text, "utf-8")
            return cases.run([tmp_path])

        return one

    def test_as_it_should_be(self, run: Callable[[str], cases.Report]) -> None:
        """The table without a fault passes."""
        assert 0 == run(self.TABLE).exit_code

    @pytest.mark.parametrize(
        ("right", "wrong", "near"),
        [
            ("tier-band", "tier-bnad", "segmentation.tier-band"),
            ("measure", "messure", "measure"),
            ('["tier"]', '["teir"]', "tier"),
            ("facts", "fact", "facts"),
            ("policy =", "polcy =", "policy"),
            ("cn-retail-shape", "cn-retail", "segmentation/cn-retail-shape"),
        ],
    )
    def test_unknown(
        self, run: Callable[[str], cases.Report], right: str, wrong: str, near: str
    ) -> None:
        """Each is bad (exit 2), named with its near name, and never a pass."""
        report = run(self.TABLE.replace(right, wrong))

        assert (0, 2) == (report.passed, report.exit_code)
        assert wrong.strip('[]" =') in report.results[0].bad
        assert f"did you mean {near}" in report.results[0].bad


class TestShareOfABook:
    """A share that cannot be asked of a book of questions."""

    @pytest.mark.parametrize("share", [0, 2, "x", "1/0", float("nan"), float("inf"), None])
    def test_refused(self, share: Any) -> None:
        """It is named, with what was wanted."""
        policy = policies.load("segmentation/cn-retail-shape")

        with pytest.raises(ValueError, match="cannot be asked"):
            bankservice.simulate(policy, policy, {}, rule="segmentation.tier-band", share=share)
