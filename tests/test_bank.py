"""The front door: `bankservice.open`, `bank.using`, `bank.explain`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import bankservice
from bankservice import policies
from bankservice.bank import Bank
from bankservice.core.errors import (
    BankServiceError,
    FaultsError,
    IdentifierError,
    OperationalError,
    SchemaVersionError,
    UnknownNameError,
)
from bankservice.core.record import Command
from bankservice.core.repetition import Repeated, Repetition
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.satisfaction.follow_up.record import FOLLOW_UPS

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
SHIPPED = "segmentation/cn-retail-shape"
RICH = {"average": "620000.00"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a bank's file may be made."""
    return tmp_path / "bank.db"


@pytest.fixture
def bank() -> Iterator[Bank]:
    """Return a bank in memory."""
    with bankservice.open("memory:", tiers=SHIPPED, now=lambda: NOW) as held:
        yield held


class TestOpen:
    """An address becomes a bank with a record, or a message."""

    def test_memory(self, bank: Bank) -> None:
        """`memory:` keeps nothing beyond the object."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)

        assert bank.standings.view("customer-7").tier == "GOLD"
        with bankservice.open("memory:", now=lambda: NOW) as other:
            assert other.standings.view("customer-7").tier == "STANDARD"

    def test_file(self, file: Path) -> None:
        """A SQLite file is made where it is not there, and keeps the record."""
        for tier in ("STANDARD", "GOLD"):
            with bankservice.open(f"sqlite:///{file}", now=lambda: NOW) as held:
                assert held.standings.view("customer-7").tier == tier
                held.standings.assess("run-1", "customer-7", measure=RICH)
        assert file.exists()

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "oracle://x",
            "bank.db",
            "sqlite:bank.db",
            "sqlite://bank.db",
            "sqlite",
            "MEMORY:",
            "sqlite3:///x",
        ],
    )
    def test_unknown_address(
        self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another address is refused by name, and no file is made."""
        monkeypatch.chdir(tmp_path)

        with pytest.raises(UnknownNameError, match="journal address"):
            bankservice.open(url)
        assert [] == list(tmp_path.iterdir())

    def test_near_address(self) -> None:
        """The near address is offered."""
        with pytest.raises(UnknownNameError, match=r"did you mean .*sqlite:///bank\.db"):
            bankservice.open("sqlite:bank.db")

    def test_no_such_folder(self, tmp_path: Path) -> None:
        """A folder that is not there is trouble with the store, told as such."""
        with pytest.raises(OperationalError):
            bankservice.open(f"sqlite:///{tmp_path / 'none' / 'bank.db'}")

    def test_no_database(self, file: Path) -> None:
        """A file that is no database is refused and left as it is."""
        file.write_text("a letter to my bank")

        with pytest.raises(BankServiceError, match="database"):
            bankservice.open(f"sqlite:///{file}")
        assert file.read_text() == "a letter to my bank"

    def test_another_schema(self, file: Path) -> None:
        """A journal of another schema is not opened."""
        SqlJournal.open(f"sqlite:///{file}").close()
        raw = sqlite3.connect(file)
        (name,) = raw.execute("SELECT name FROM sqlite_master WHERE name LIKE '%meta'").fetchone()
        raw.execute(f"UPDATE {name} SET value = '0'")
        raw.commit()
        raw.close()

        with pytest.raises(SchemaVersionError, match="schema 0, older"):
            bankservice.open(f"sqlite:///{file}")


class TestPolicies:
    """A bank's own policies hide shipped ones of the same id."""

    def test_unknown(self) -> None:
        """An unknown policy is told with near names when its desk is first asked for."""
        bank = bankservice.open("memory:", tiers="segmentation/cn-retail-shap", now=lambda: NOW)

        with pytest.raises(UnknownNameError, match="did you mean segmentation/cn-retail-shape"):
            bank.standings.view("customer-7")

    def test_wrong_kind(self) -> None:
        """A policy of another kind is refused."""
        bank = bankservice.open("memory:", tiers="vocabulary/roles", now=lambda: NOW)

        with pytest.raises(UnknownNameError, match=r"policy of kind 'segmentation\.tiers'"):
            bank.standings.view("customer-7")

    def test_own_by_id(self) -> None:
        """`policies` are found by their id, and before a shipped one."""
        text = (
            'id = "{}"\nkind = "segmentation.tiers"\n[[version]]\nsince = 2020-01-01\ncurrency = "CNY"\n'
            'source = {{ text = "x", checked = "own" }}\n[[version.tier]]\ncode = "BASE"\n'
        )
        for policy_id in ("acme/tiers", SHIPPED):
            own = policies.shelf().read(text.format(policy_id), "own")
            bank = bankservice.open("memory:", tiers=policy_id, policies=[own], now=lambda: NOW)
            assert bank.standings.view("customer-7").tier == "BASE"

    def test_from_a_file(self, tmp_path: Path) -> None:
        """`tiers` may be the path of a TOML file."""
        path = tmp_path / "acme.policy.toml"
        shipped = policies.load(SHIPPED).versions[0]
        path.write_text(
            'id = "acme/tiers"\nkind = "segmentation.tiers"\n[[version]]\nsince = 2020-01-01\n'
            'source = { text = "x", checked = "own" }\ncurrency = "CNY"\n[[version.tier]]\ncode = "B"\n',
            "utf-8",
        )
        bank = bankservice.open("memory:", tiers=str(path), now=lambda: NOW)

        assert shipped.parameters.base == "STANDARD"
        assert bank.standings.view("customer-7").tier == "B"


class TestUsing:
    """`bank.using(connection)` is the same bank inside the host's own transaction."""

    @pytest.mark.parametrize("kept", [True, False])
    def test_the_host_decides(self, file: Path, kept: bool) -> None:
        """The host's commit keeps what was written; its rollback undoes it, receipt included."""
        with bankservice.open(f"sqlite:///{file}", tiers=SHIPPED, now=lambda: NOW) as bank:
            host = sqlite3.connect(file)
            host.execute("CREATE TABLE own (x)")
            host.execute("INSERT INTO own VALUES (1)")
            inside = bank.using(host)
            inside.standings.assess("run-1", "customer-7", measure=RICH)

            assert inside.standings.view("customer-7").tier == "GOLD"
            if kept:
                host.commit()
            else:
                host.rollback()
            host.close()
            assert bank.standings.view("customer-7").tier == ("GOLD" if kept else "STANDARD")
            again = bank.standings.assess("run-1", "customer-7", measure=RICH)
            assert again.replayed is kept

    def test_same_bank(self, file: Path) -> None:
        """Policies, time and tenant come along."""
        with bankservice.open(f"sqlite:///{file}", now=lambda: NOW, tenant="branch-7") as bank:
            host = sqlite3.connect(file)
            inside = bank.using(host)

            assert (bank.tenant, bank.now()) == (inside.tenant, inside.now())
            assert inside.standings.desk.policies == bank.standings.desk.policies
            host.close()

    @pytest.mark.parametrize("connection", [None, "sqlite:///bank.db", object()])
    def test_no_connection(self, bank: Bank, connection: object) -> None:
        """What is no connection is refused."""
        with pytest.raises(TypeError, match=r"Connection|connection"):
            bank.using(connection)


class TestTenants:
    """Records of one legal entity are not seen by another."""

    def test_apart(self) -> None:
        """Same customer, same command id, another tenant: another record."""
        journal = MemoryJournal()
        banks = [Bank(journal, now=lambda: NOW, tenant=name) for name in ("north", "south")]
        banks[0].standings.assess("run-1", "customer-7", measure=RICH)

        assert ["GOLD", "STANDARD"] == [b.standings.view("customer-7").tier for b in banks]
        assert not banks[1].standings.assess("run-1", "customer-7", measure=RICH).replayed


class TestExplain:
    """An entry is explained from the record alone."""

    def test_text(self, bank: Bank) -> None:
        """The words name tier, amount and source, in both languages."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)
        why = bank.explain("segmentation.standing/customer-7@1")

        assert "Gold Sunflower" in why.text("en")
        assert "620,000.00" in why.text("en")
        assert "金葵花" in why.text("zh_CN")

    def test_after_the_policy_is_gone(self, file: Path) -> None:
        """The archive in the file is enough: the bank need not hold the policy any more."""
        text = (
            'id = "acme/tiers"\nkind = "segmentation.tiers"\n[[version]]\nsince = 2020-01-01\ncurrency = "CNY"\n'
            'source = { text = "Acme paper", checked = "own" }\n[[version.tier]]\ncode = "BASE"\n'
            '[[version.tier]]\ncode = "TOP"\nenter = "1.00"\n'
        )
        own = policies.shelf().read(text, "own")
        with bankservice.open(f"sqlite:///{file}", tiers=own, now=lambda: NOW) as first:
            first.standings.assess("run-1", "customer-7", measure={"average": "1.00"})
        with bankservice.open(f"sqlite:///{file}", now=lambda: NOW) as other:
            assert "Acme paper" in other.explain("segmentation.standing/customer-7@1").text("en")

    @pytest.mark.parametrize(
        "ref",
        [
            "",
            "@",
            "customer-7@1",
            "segmentation.standing/customer-8",
            "segmentation.standing/customer-7@",
            "segmentation.standing/customer-7@0",
            "segmentation.standing/customer-7@2",
            "segmentation.standing/customer-7@-1",
            "segmentation.standing/customer-7@1.0",
            "segmentation.standing/customer-7@²",
            "segmentation.standing/customer-7@" + "1" * 5_000,
            "segmentation.standing/customer-8@1",
            "segmentation.standng/customer-7@1",
            "loyalty.account/customer-7@1",
        ],
    )
    def test_no_such_entry(self, bank: Bank, ref: str) -> None:
        """What names no entry is refused, not misread."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)

        with pytest.raises(UnknownNameError):
            bank.explain(ref)

    def test_the_latest_entry(self, bank: Bank) -> None:
        """Without a version the latest entry is explained."""
        bank.standings.assess("run-1", "customer-7", measure=RICH)

        assert bank.explain("segmentation.standing/customer-7@1") == bank.explain(
            "segmentation.standing/customer-7"
        )

    def test_an_id_nobody_may_have(self, bank: Bank) -> None:
        """A card number is no id here either."""
        with pytest.raises(IdentifierError):
            bank.explain("segmentation.standing/4111111111111111@1")

    def test_what_was_not_measured(self) -> None:
        """An override, its end and a ramp are explained too: by hand until, or for how long."""
        text = (
            'id = "acme/tiers"\nkind = "segmentation.tiers"\n[[version]]\nsince = 2020-01-01\ncurrency = "CNY"\n'
            'source = { text = "x", checked = "own" }\n[[version.tier]]\ncode = "BASE"\n'
            '[[version.tier]]\ncode = "TOP"\nenter = "1.00"\nramp = "P3M"\n'
        )
        own = policies.shelf().read(text, "own")
        with bankservice.open("memory:", tiers=own, now=lambda: NOW) as bank:
            two: dict[str, Any] = {"actor": "ann", "approved_by": "bob", "reason": "r"}
            bank.standings.grant_override(
                "run-1", "customer-7", tier="TOP", until=date(2027, 1, 1), **two
            )
            bank.standings.end_override("run-2", "customer-7", **two)
            bank.standings.grant_ramp("run-3", "customer-7", tier="TOP")
            words = [
                bank.explain(f"segmentation.standing/customer-7@{version}").text("en")
                for version in (1, 2, 3)
            ]

        assert "Jan 1, 2027" in words[0]
        assert "Mar 31, 2026" in words[1]
        assert "Jun 30, 2026" in words[2]


class TestClose:
    """A bank closes what it opened."""

    def test_twice(self, file: Path) -> None:
        """Closing twice does no harm; the file can be removed after."""
        bank = bankservice.open(f"sqlite:///{file}", now=lambda: NOW)
        bank.close()
        bank.close()
        file.unlink()

        assert not file.exists()

    def test_memory(self) -> None:
        """A journal without anything to close is left alone."""
        bank = bankservice.open("memory:", now=lambda: NOW)
        bank.close()

        assert bank.standings.view("customer-7").tier == "STANDARD"


class TestComplainOf:
    """A follow-up becomes a complaint that counts from the follow-up's first instant."""

    HEARD = datetime(2026, 3, 30, 1, tzinfo=UTC)

    @pytest.fixture
    def heard(self, bank: Bank) -> Bank:
        """Return a bank that heard an unhappy customer 27 hours ago."""
        bank.follow_ups.hear("h-1", "chen", answer="answer-1", nps=2, at=self.HEARD)
        return bank

    def state(self, bank: Bank) -> str:
        """Return where the customer's follow-up stands."""
        return str(bank.follow_ups.view("chen").cases["follow-up-1"].state.value)

    def test_first_instant_is_kept(self, heard: Bank) -> None:
        """The promise of 24 hours ran out before the complaint was made, and is told as missed."""
        ended, received = heard.complain_of("x-1", "chen", into="C-1", channel="phone", actor="li")
        complaint = heard.complaints.view("C-1")

        assert ended is not None
        assert received is not None
        assert (True, True) == (ended.accepted, received.accepted)
        assert "converted" == self.state(heard)
        assert self.HEARD == complaint.received_at
        assert "late" == complaint.clocks["first_reply"].verdict.value
        assert {"li"} == {
            held.entry.actor
            for held in heard.journal.feed(limit=10)
            if held.entry.command_id.startswith("x-1")
        }
        assert {Repetition.EQUAL} == {
            again.outcome for *_, again in heard.repeat_all() if isinstance(again, Repeated)
        }

    def test_again_changes_nothing(self, heard: Bank) -> None:
        """The same again gives the first answers, also when another follow-up is open by then."""
        told: dict[str, Any] = {"into": "C-1", "channel": "phone"}
        heard.complain_of("x-1", "chen", **told)
        heard.follow_ups.hear("h-2", "chen", answer="answer-2", nps=1)
        ended, received = heard.complain_of("x-1", "chen", **told)

        assert ended is not None
        assert received is not None
        assert (True, True) == (ended.replayed, received.replayed)
        assert ("follow-up-2",) == heard.follow_ups.view("chen").open

    @pytest.mark.parametrize("first", ["complaint", "end"])
    def test_half_done_is_finished(self, heard: Bank, first: str) -> None:
        """Whichever of the two was written before a crash, the same again writes the other."""
        if first == "end":
            heard.follow_ups.convert("x-1", "chen", into="C-1")
        else:
            heard.complaints.receive(
                "x-1:complaint", "C-1", customer="chen", channel="phone", received_at=self.HEARD
            )
        heard.complain_of("x-1", "chen", into="C-1", channel="phone")

        assert "converted" == self.state(heard)
        assert self.HEARD == heard.complaints.view("C-1").received_at

    @pytest.mark.parametrize(
        ("into", "channel", "code"),
        [("C-9", "phone", "other-customer"), ("C-1", "telepathy", "unknown-code")],
    )
    def test_no_complaint_no_end(self, heard: Bank, into: str, channel: str, code: str) -> None:
        """Where no complaint is made, the follow-up stays open: nobody is lost in between."""
        heard.complaints.receive("r-1", "C-9", customer="wang", channel="phone")
        ended, received = heard.complain_of("x-1", "chen", into=into, channel=channel)

        assert received is not None
        assert (None, code) == (ended, received.refused)
        assert "opened" == self.state(heard)

    def test_no_end_no_complaint(self, heard: Bank) -> None:
        """A follow-up that ended otherwise becomes no complaint."""
        heard.follow_ups.do("d-1", "chen", "decline")
        ended, received = heard.complain_of("x-1", "chen", into="C-1", channel="phone")

        assert ended is not None
        assert ("case-ended", None) == (ended.refused, received)
        assert "" == heard.complaints.view("C-1").customer

    @pytest.mark.parametrize("more", [{"received_on": "2026-03-31"}, {"colour": "red"}])
    def test_what_the_follow_up_says_is_not_stated(self, heard: Bank, more: Any) -> None:
        """An instant of receipt of the caller's, or an unknown fact, stops it before anything."""
        with pytest.raises(FaultsError, match=next(iter(more))):
            heard.complain_of("x-1", "chen", into="C-1", channel="phone", **more)

        assert "opened" == self.state(heard)

    def test_foreseen_is_not_written(self, heard: Bank) -> None:
        """What would be answered is told as it is answered then, and leaves no trace."""
        desk = heard.follow_ups
        body = FOLLOW_UPS.command("convert", {"into": "C-1", "case": "follow-up-1"})
        other = FOLLOW_UPS.command("convert", {"into": "C-1", "case": "follow-up-7"})
        good = Command(id="x-1", subject="chen", body=body)
        bad = Command(id="x-2", subject="chen", body=other)
        told = desk.office.foresee(good), desk.office.foresee(bad)
        written = len(heard.journal.feed(limit=10)), heard.journal.receipts("default", ["x-2"])
        done = desk.handle(good), desk.handle(bad)

        assert (1, {}) == written
        assert [(held.refused, held.facts) for held in done] == [
            (held.refused, held.facts) for held in told
        ]
        assert [(True, ""), (True, "no-case")] == [
            (held.replayed, held.refused) for held in map(desk.office.foresee, (good, bad))
        ]
