"""Clients that go away by themselves at the end of a test, and what can be said of a stream they received."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.media.clients import Publisher, Relay, Viewer, grant
from tests.media.streams import Stamp, read_stamp
from tests.media.tally import Seen, Tally


@asynccontextmanager
async def on_air(
    relay: Relay, room: UUID, *, token: str = "", kind: type[Publisher] = Publisher, **how: Any
) -> AsyncIterator[Publisher]:
    """A host who publishes; `how` as for Publisher."""
    publisher = kind(relay, room, token or grant(room, device="a laptop", publish=["host"]), **how)
    await publisher.join()
    try:
        yield publisher
    finally:
        await publisher.vanish()


@asynccontextmanager
async def watching(relay: Relay, room: UUID, *, token: str = "", **how: Any) -> AsyncIterator[Viewer]:
    """Somebody who watches; `how` as for Viewer."""
    viewer = Viewer(relay, room, token or grant(room), **how)
    await viewer.join()
    try:
        yield viewer
    finally:
        await viewer.vanish()


def in_order(tally: Tally) -> list[Seen]:
    """The received packets (of the last few thousand) by sequence number."""
    trail = list(tally.trail)
    return sorted(trail, key=lambda seen: (seen.seq - trail[0].seq + 0x4000) & 0xFFFF)


def stamps(packets: Iterable[Seen]) -> list[Stamp]:
    """The marks of synthetic packets (a key frame's parameter sets have one too)."""
    return [mark for seen in packets if (mark := read_stamp(seen.payload)) is not None]


def assert_whole(tally: Tally) -> None:
    """Every packet sent since the first one received is there, once, in the order it was sent in."""
    packets = in_order(tally)
    marks = stamps(packets)
    assert len(marks) == len(packets)
    assert not tally.holes
    assert tally.lost == 0
    places = [(mark.frame, mark.place) for mark in marks]
    assert places == sorted(set(places))
    for before, after in pairwise(packets):
        assert after.seq == (before.seq + 1) & 0xFFFF
        assert (after.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 31
    for before_mark, after_mark in pairwise(marks):
        assert after_mark.frame - before_mark.frame in (0, 1)
