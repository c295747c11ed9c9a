"""The chain: what a digest covers, what verifying finds, what only kept heads find."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.archive import PURGED
from bankservice.core.chain import (
    Finding,
    Found,
    Head,
    Link,
    Root,
    What,
    compare,
    link,
    link_fields,
    verify,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Entry, Stream

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUBJECT = Stream("bank", "test.record", "c-1")
OTHER = Stream("bank", "test.record", "c-2")
BASE = "ab" * 32

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
mappings = st.dictionaries(texts, values, max_size=2)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
entries = st.builds(
    Entry,
    stream=st.builds(Stream, texts, texts, texts),
    version=st.integers(1, 9),
    kind=texts,
    effective_at=instants,
    recorded_at=instants,
    actor=st.just("a"),
    command_id=texts,
    data=mappings,
    sealed=st.none() | mappings,
    schema=st.integers(1, 9),
    approved_by=st.sampled_from(["", "b"]),
    source=texts,
    correlation_id=texts,
)


def entry(version: int, of: Stream = SUBJECT, **parts: Any) -> Entry:
    """Return a plain entry."""
    plain: dict[str, Any] = {
        "kind": "noted",
        "effective_at": NOON,
        "recorded_at": NOON,
        "actor": "teller-1",
        "command_id": f"n-{version}",
        "data": {"n": version},
    }
    return Entry(stream=of, version=version, **{**plain, **parts})


def tombstone(through: int, /, **data: Any) -> Entry:
    """Return a tombstone."""
    return entry(through + 1, kind=PURGED, data={"through": through, "chain": BASE, **data})


def chained(held: Iterable[Entry], base: str = "", position: int = 1) -> list[Link]:
    """Return the links of one stream as a journal writes them."""
    links: list[Link] = []
    for each in held:
        base = link(base, each)
        links.append(Link(each.stream, each.version, position + len(links), each, base))
    return links


def found(links: Iterable[Link]) -> list[tuple[int, str, int]]:
    """Return (version, what, through) of the findings."""
    return [(each.version, each.what.value, each.through) for each in verify(links)]


# --- digests ------------------------------------------------------------------------------------


@given(entries)
def test_the_digest_is_what_the_module_says(each: Entry) -> None:
    """An auditor who follows the description, with any JSON tool, computes the same digest."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    micro = timedelta(microseconds=1)
    array = [
        "9f",
        each.stream.tenant,
        each.stream.kind,
        each.stream.key,
        each.version,
        each.kind,
        each.schema,
        (each.effective_at - epoch) // micro,
        (each.recorded_at - epoch) // micro,
        each.actor,
        each.approved_by,
        each.source,
        each.command_id,
        each.correlation_id,
        each.data,
        each.sealed,
    ]
    text = json.dumps(array, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    assert hashlib.sha256(text.encode()).hexdigest() == link("9f", each)


@given(entries, entries)
def test_different_entries_have_different_digests(one: Entry, two: Entry) -> None:
    """Two entries share a digest only if all their stored parts are equal."""
    # True equals 1 to Python, and not to JSON.
    texts_of = [json.dumps([each.data, each.sealed], sort_keys=True) for each in (one, two)]

    assert (one == two and texts_of[0] == texts_of[1]) == (link("", one) == link("", two))


@pytest.mark.parametrize(
    "changes",
    [
        {"stream": OTHER},
        {"version": 2},
        {"kind": "other"},
        {"schema": 2},
        {"effective_at": NOON + timedelta(microseconds=1)},
        {"recorded_at": NOON - timedelta(microseconds=1)},
        {"actor": "teller-2"},
        {"approved_by": "officer-2"},
        {"source": "branch"},
        {"command_id": "n-9"},
        {"correlation_id": "run-1"},
        {"data": {"n": "1"}},
        {"data": {"n": True}},
        {"sealed": {}},
    ],
    ids="-".join,
)
def test_every_part_counts(changes: dict[str, Any]) -> None:
    """A change of any stored part of an entry changes its digest."""
    assert link("", attrs.evolve(entry(1), **changes)) != link("", entry(1))


def test_parts_do_not_run_together() -> None:
    """Text moved from one part to the next, with whatever marks, is another entry."""
    one = entry(1, actor='a","b', approved_by="c")
    two = entry(1, actor="a", approved_by='b","c')

    assert link("", one) != link("", two)
    assert link("", entry(1)) != link("ab", entry(1))


def test_any_mapping_and_sequence_will_do() -> None:
    """Data given as other mappings and sequences has the digest of what comes back from a store."""
    given_ = entry(1, data=FrozenMapping({"b": (1, 2), "a": FrozenMapping({})}))

    assert link("", entry(1, data={"a": {}, "b": [1, 2]})) == link("", given_)


def test_erased_is_not_stored() -> None:
    """That a key was destroyed since changes no digest."""
    assert link("", entry(1)) == link("", attrs.evolve(entry(1), erased=True))


def test_a_writer_may_give_texts() -> None:
    """`link_fields` takes what a writer has as texts, with the same digest."""
    micros = (NOON - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    fields = ("bank", "test.record", "c-1", 1, "noted", 1, micros, micros, "teller-1", "", "")

    assert link(BASE, entry(1)) == link_fields(BASE, (*fields, "n-1", ""), '{"n":1}', None)
    assert link(BASE, entry(1, sealed={"s": "客"})) == link_fields(
        BASE, (*fields, "n-1", ""), '{"n":1}', '{"s":"客"}'
    )


# --- verifying ----------------------------------------------------------------------------------


def test_a_sound_chain_has_no_findings() -> None:
    """Streams as they were written, one after another, in whatever order, have no findings."""
    one, two = chained(map(entry, range(1, 6))), chained([entry(1, OTHER)], position=3)

    assert [] == found([*two, *one])
    assert [] == found([*one, *two])
    assert [] == found([])


@pytest.mark.parametrize("version", range(1, 6))
def test_a_changed_entry_is_found_once(version: int) -> None:
    """Changing one entry gives one finding, at that entry."""
    links = chained(map(entry, range(1, 6)))
    changed = entry(version, actor="somebody")
    links[version - 1] = attrs.evolve(links[version - 1], entry=changed)

    assert [(version, "changed", version)] == found(links)


@pytest.mark.parametrize("version", range(1, 6))
def test_a_changed_digest_is_found_once(version: int) -> None:
    """Changing one digest gives one finding, at that entry."""
    links = chained(map(entry, range(1, 6)))
    links[version - 1] = attrs.evolve(links[version - 1], digest="00" * 32)

    assert [(version, "changed", version)] == found(links)


@pytest.mark.parametrize("version", range(1, 6))
def test_an_entry_that_cannot_be_read_is_found(version: int) -> None:
    """An entry whose text was spoilt is a changed one, with or without a digest."""
    links = chained(map(entry, range(1, 6)))
    spoilt = [attrs.evolve(each, entry=None) if each.version == version else each for each in links]
    bare = [attrs.evolve(each, digest=None) if each.entry is None else each for each in spoilt]

    assert [(version, "changed", version)] == found(spoilt)
    assert [(version, "changed", version)] == found(bare)


def test_what_no_journal_writes_is_found() -> None:
    """An entry that was spoilt so that it has no digest at all is a changed one."""
    links = chained(map(entry, range(1, 4)))
    half = attrs.evolve(links[1], entry=entry(2, data={"n": "\ud800"}))

    assert [(2, "changed", 2)] == found([links[0], half, links[2]])
    assert [(1, "changed", 1)] == found([attrs.evolve(half, version=1, digest=None)])


def test_swapped_entries_are_found() -> None:
    """Two entries that changed places are found at both places, with or without their digests."""
    links = chained(map(entry, range(1, 6)))
    two, three = links[1], links[2]
    here = attrs.evolve(two, entry=entry(2, data={"n": 3}))
    there = attrs.evolve(three, entry=entry(3, data={"n": 2}))
    places = [links[0], attrs.evolve(three, version=2, entry=entry(2, data={"n": 3}))]
    places += [attrs.evolve(two, version=3, entry=entry(3, data={"n": 2})), *links[3:]]

    assert [(2, "changed", 2), (3, "changed", 3)] == found([links[0], here, there, *links[3:]])
    assert (2, "changed", 2) in found(places)
    assert {"changed", "reordered"} == {what for _, what, _ in found(places)}


def test_missing_entries_are_found() -> None:
    """Entries missing at the beginning or in the middle are one finding with their versions."""
    links = chained(map(entry, range(1, 7)))

    assert [(1, "missing", 2)] == found(links[2:])
    assert [(3, "missing", 4)] == found([*links[:2], *links[4:]])


def test_the_end_is_missed_by_heads_only() -> None:
    """A chain without its end, and one rewritten whole, are sound in themselves."""
    assert [] == found(chained(map(entry, range(1, 6)))[:3])
    assert [] == found(chained(entry(version, actor="x") for version in range(1, 6)))


def test_renumbering_is_found() -> None:
    """An entry taken out and the rest moved up is found where it stood."""
    links = chained(map(entry, range(1, 5)))
    moved = [
        attrs.evolve(
            each, version=each.version - 1, entry=entry(each.version - 1, data=each.entry.data)
        )
        for each in links[2:]
        if each.entry
    ]

    assert (2, "changed", 2) == found([links[0], *moved])[0]


def test_feed_order_is_held() -> None:
    """Entries whose places in the feed run against their versions, or that come out of order, are
    found."""
    links = chained(map(entry, range(1, 4)))
    swapped = [
        attrs.evolve(each, position=place) for each, place in zip(links, (1, 3, 2), strict=True)
    ]

    assert [(3, "reordered", 3)] == found(swapped)
    assert [(2, "missing", 2), (2, "reordered", 2), (2, "reordered", 2)] == found(
        [links[0], links[2], links[1]]
    )


def test_an_entry_without_a_digest_is_found() -> None:
    """In a chained journal an entry without a digest is a finding; the next one may build on
    nothing or on what it should have been."""
    links = chained(map(entry, range(1, 4)))
    bare = attrs.evolve(links[1], digest=None)
    fresh = Link(SUBJECT, 3, 3, entry(3), link("", entry(3)))

    assert [(2, "unlinked", 2)] == found([links[0], bare, links[2]])
    assert [(2, "unlinked", 2)] == found([links[0], bare, fresh])
    assert [(2, "unlinked", 2), (3, "changed", 3)] == found(
        [links[0], bare, attrs.evolve(fresh, digest="00" * 32)]
    )


@pytest.mark.parametrize("base", [BASE, ""])
def test_a_tombstone_goes_on_with_the_chain(base: str) -> None:
    """A purged stream is verified from the digest its tombstone names; "" where nothing was
    chained."""
    links = chained([tombstone(5, chain=base), entry(7)], base)
    named = chained([entry(6, kind=PURGED, data={"through": 5})])

    assert [] == found(links)
    assert [] == found(named)


@pytest.mark.parametrize(
    "data", [{"through": 4}, {"through": "5"}, {"chain": 7}, {"chain": "AB" * 32}, {"chain": "ab"}]
)
def test_a_tombstone_that_does_not_fit_is_found(data: dict[str, Any]) -> None:
    """A tombstone stands right behind what it names, and names a digest."""
    each = tombstone(5, **data)
    links = chained([each], str(each.data["chain"]))

    assert [(6, "tombstone", 6)] == found(links)


def test_a_changed_tombstone_is_found() -> None:
    """A tombstone whose base or reason was changed is a changed entry."""
    links = chained([tombstone(5)], BASE)
    changed = tombstone(5, chain="cd" * 32)

    assert [(6, "changed", 6)] == found([attrs.evolve(links[0], entry=changed)])


def test_a_tombstone_stands_first() -> None:
    """A tombstone behind entries of its stream purged nothing."""
    links = chained([entry(1), entry(2), tombstone(2, chain="")])
    grave = attrs.evolve(links[2], digest=link("", tombstone(2, chain="")))

    assert [(3, "tombstone", 3)] == found([*links[:2], grave])


# --- heads --------------------------------------------------------------------------------------

HEAD = Head(SUBJECT, 3, BASE)


@pytest.mark.parametrize(
    ("today", "finding"),
    [
        (Found(3, BASE), None),
        (Found(9, BASE), None),
        (Found(0), Finding(SUBJECT, 1, What.LOST, 3)),
        (Found(2), Finding(SUBJECT, 3, What.SHORTER, 3)),
        (Found(1), Finding(SUBJECT, 2, What.SHORTER, 3)),
        (Found(3, "cd" * 32), Finding(SUBJECT, 3, What.REWRITTEN)),
        (Found(9, "cd" * 32), Finding(SUBJECT, 3, What.REWRITTEN)),
        (Found(3, None), Finding(SUBJECT, 3, What.REWRITTEN)),
        (Found(4, purged=3, purged_digest=BASE), None),
        (Found(4, purged=3, purged_digest=""), Finding(SUBJECT, 3, What.REWRITTEN)),
        (Found(6, purged=5, purged_digest="cd" * 32), None),
        (Found(4, purged=3, purged_digest="cd" * 32), Finding(SUBJECT, 3, What.REWRITTEN)),
        (Found(9, BASE, purged=2), None),
    ],
)
def test_what_kept_heads_find(today: Found, finding: Finding | None) -> None:
    """A stream may have grown, or been purged under a tombstone; it may not be gone, shorter or
    other at the kept version."""
    assert finding == compare(HEAD, today)


def test_the_root_is_over_all_heads() -> None:
    """The root is the same whatever the order, and another one for any other set of heads."""
    heads = [Head(Stream("bank", "test.record", f"c-{n}"), n, f"{n:064x}") for n in range(1, 5)]

    def root(*of: Head) -> str:
        over = Root()
        for head in of:
            over.add(head)
        return over.digest()

    others = [
        root(*heads[1:]),
        root(*heads, HEAD),
        root(attrs.evolve(heads[0], version=9), *heads[1:]),
        root(attrs.evolve(heads[0], digest=BASE), *heads[1:]),
        root(),
    ]

    assert root(*heads) == root(*reversed(heads))
    assert root(*heads) not in others
    assert len(others) == len(set(others))


def test_the_root_can_be_computed_elsewhere() -> None:
    """The root is the SHA-256 over the sorted SHA-256 of the lines."""
    lines = ['["bank","test.record","c-1",3,"' + BASE + '"]', '["b","k","客",1,"00"]']
    root = Root()
    root.add(HEAD)
    root.add(Head(Stream("b", "k", "客"), 1, "00"))

    held = sorted(hashlib.sha256(line.encode()).digest() for line in lines)
    assert lines[0] == HEAD.line()
    assert hashlib.sha256(b"".join(held)).hexdigest() == root.digest()
