"""From the packets of a take, as the network brought them, to each stream's packets in the order they were sent in."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from media.recording.take import Record
from media.rtp import Rtp, parse

PATIENCE = 2000
"""Milliseconds a missing packet is waited for; repetitions take a round trip or two."""
_WINDOW = 4096
_HALF = 0x8000


class Sent(NamedTuple):
    """A packet in its place. `whole`: nothing between it and the packet of its stream before is missing."""

    track: int
    codec: str
    packet: Rtp
    whole: bool


class _Stream:
    """The packets of one SSRC that wait for one before them."""

    def __init__(self, ssrc: int, first: int) -> None:
        self.ssrc = ssrc
        self._next = first
        self._held: dict[int, tuple[Record, Rtp]] = {}
        self._whole = True

    def add(self, record: Record, packet: Rtp) -> Iterator[Sent]:
        """What can go on now that this one is here."""
        ahead = (packet.sequence_number - self._next + _HALF & 0xFFFF) - _HALF
        if ahead < 0:
            return  # too late, or twice
        self._held.setdefault(self._next + ahead, (record, packet))
        yield from self._release()
        while self._held and (len(self._held) > _WINDOW or record.at - self._oldest() > PATIENCE):
            yield from self._skip()

    def drain(self) -> Iterator[Sent]:
        """All that is left, whatever is missing."""
        while self._held:
            yield from self._skip()

    def _oldest(self) -> int:
        return next(iter(self._held.values()))[0].at

    def _skip(self) -> Iterator[Sent]:
        self._next = min(self._held)
        self._whole = False
        yield from self._release()

    def _release(self) -> Iterator[Sent]:
        while (found := self._held.pop(self._next, None)) is not None:
            record, packet = found
            self._next += 1
            if packet.payload:
                yield Sent(record.track, record.codec, packet, self._whole)
                self._whole = True


def in_order(records: Iterable[Record]) -> Iterator[Sent]:
    """The packets of both tracks; a new SSRC, which is the relay after a restart, begins a stream of its own."""
    streams: dict[int, _Stream] = {}
    for record in records:
        packet = parse(record.data)
        if packet is None:
            continue
        stream = streams.get(record.track)
        if stream is None or stream.ssrc != packet.ssrc:
            if stream is not None:
                yield from stream.drain()
            stream = streams[record.track] = _Stream(packet.ssrc, packet.sequence_number)
        yield from stream.add(record, packet)
    for stream in streams.values():
        yield from stream.drain()
