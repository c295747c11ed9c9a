"""Voices: what customers say in their own words, kept apart from scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from entries_again import Altered, counted, lying, of_tables, office_of
from follow_up_tools import PROMISE, promise, spoken

from bankservice.core.errors import FaultsError
from bankservice.core.plain import canonical, to_json
from bankservice.core.repetition import Repetition
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal
from bankservice.satisfaction import SHELF, VOICE, VoiceView

TABLES = Path(__file__).parent.parent / "cases" / "satisfaction"
NOTE = {"channel": "opinion_box", "kind": "suggestion", "text": "asked twice for papers"}


def test_a_voice_has_no_score() -> None:
    """Nothing in a voice's entries or view is a score, so none can enter one."""
    fields = {field.name for kind in VOICE.events.kinds.values() for field in attrs.fields(kind)}
    fields |= {field.name for field in attrs.fields(VoiceView)}

    assert set() == {name for name in fields if name in ("score", "nps", "csat", "ces", "levels")}


@pytest.mark.parametrize(
    "code",
    [
        "zone",
        "opinion_box",
        "forum",
        "questionnaire",
        "depth_interview",
        "call_back",
        "online_rating",
        "online_forum",
        "social_media",
        "via_staff",
    ],
)
def test_every_channel_of_the_texts_is_received_and_answered(code: str) -> None:
    """Each way in which customers speak is taken in, and answered in its own channel."""
    service, _ = spoken()
    received = service.receive("r-1", "v-1", channel=code, kind="rating")
    answered = service.do("a-1", "v-1", "answer", channel=code)

    assert (True, True) == (received.accepted, answered.accepted)
    assert code in SHELF.get("vocabulary/feedback-channels").versions[0].parameters


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"people": 0}, "people"),
        ({"language": "中文"}, "language"),
        ({"kind": "moan"}, "kind"),
        ({"customer": "6222 0212 3456 7890 128"}, "customer"),
    ],
)
def test_bad_input_writes_nothing(more: dict[str, Any], named: str) -> None:
    """A malformed command is an error that names what is wrong."""
    service, _ = spoken()
    with pytest.raises((FaultsError, ValueError), match=named):
        service.receive("r-1", "v-1", **{**NOTE, **more})

    assert () == tuple(service.history("v-1"))


@pytest.mark.parametrize(("customer", "owner"), [("chen", "chen"), ("", "v-1")])
def test_words_are_sealed(customer: str, owner: str) -> None:
    """The words lie under the customer's key, or the voice's own; erased, the rest still stands."""
    keys = MemoryKeys()
    journal = SealedJournal(MemoryJournal(), keys)
    service, _ = spoken(journal=journal)
    service.receive("r-1", "v-1", customer=customer, **NOTE)
    service.do("a-1", "v-1", "answer", channel="opinion_box", text="papers are shared now")
    before = service.view("v-1")
    assert keys.destroy("default", owner)
    entries = journal.read(service.desk.stream("v-1"))

    assert before == service.view("v-1")
    assert ["", ""] == [VOICE.events.decode(held).text for held in entries]
    assert "papers" not in canonical([to_json(dict(held.data)) for held in entries])
    assert service.explain("v-1", 2).text("zh_CN")


def test_nothing_is_written_twice() -> None:
    """The same codes and the same link again change nothing; a command again is a replay."""
    service, _ = spoken()
    service.receive("r-1", "v-1", **NOTE)
    for place in (1, 2):
        service.do(f"c-{place}", "v-1", "code", themes=["process", "process"])
        service.do(f"l-{place}", "v-1", "link", kind="idea", to="idea-1")

    assert service.receive("r-1", "v-1", **NOTE).replayed
    assert ["received", "coded", "linked"] == [kind for _, _, kind in service.history("v-1")]


def test_notices_come_once() -> None:
    """80 % and the deadline of the answer are told once; without that clock nothing is."""
    service, clock = spoken()
    bare, later = spoken(promise())
    service.receive("r-1", "v-1", **NOTE)
    bare.receive("r-1", "v-1", **NOTE)
    for turned in (clock, later):
        turned.turn(days=3)
    for held in (service, service, bare):
        held.sweep()

    assert ["received", "noticed", "noticed"] == [kind for _, _, kind in service.history("v-1")]
    assert ["received"] == [kind for _, _, kind in bare.history("v-1")]
    assert {} == dict(bare.view("v-1").clocks)
    for version in (2, 3):
        assert "{" not in service.explain("v-1", version).text("zh_CN")


def test_a_version_that_is_gone_is_named() -> None:
    """Under a policy file without the version of a voice, nothing more is done with it."""
    journal = MemoryJournal()
    service, _ = spoken(journal=journal)
    service.receive("r-1", "v-1", **NOTE)
    other, _ = spoken(promise(), journal=journal)

    assert "version-not-held" == other.do("c-1", "v-1", "code", themes=["process"]).refused
    assert "opinion_box" == other.view("v-1").channel


def test_every_entry_is_decided_again_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of the case tables, asked again of the kept versions, comes out as written."""
    found = of_tables(TABLES, VOICE, monkeypatch)
    service, clock = spoken()
    service.receive("r-1", "v-1", **NOTE)
    clock.turn(days=3)
    service.sweep()
    counted(office_of(VOICE, [PROMISE], service.office.journal))

    assert {"received", "answered", "coded", "linked"} <= {kind for kind, _ in found}


def test_an_entry_that_lies_is_found() -> None:
    """A voice whose clock is not the policy's is told when it is asked again."""
    journal = MemoryJournal()
    service, _ = spoken(journal=journal)
    service.receive("r-1", "v-1", **NOTE)
    lie = office_of(VOICE, [PROMISE], Altered(journal, lying(1, clocks=[])))

    assert Repetition.DIFFERENT is lie.repeat("v-1", 1).outcome
