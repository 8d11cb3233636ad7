"""One way to send to everybody: datagrams by the engine, and beside it viewers whose network lets only TCP out."""

from collections.abc import Sequence

from media.counters import Counters
from media.fanout import Engine
from media.fast_path import FastPath
from media.packet import Packet
from media.target import Group, Target


class Mixed:
    """An `Engine` for groups of either kind: a group is all datagrams or all streams, their shapes differ."""

    def __init__(self, datagrams: Engine, counters: Counters) -> None:
        self.name = datagrams.name
        self.fast_path: FastPath | None = None
        self._datagrams = datagrams
        self._counters = counters

    def settle(self) -> None:
        """Let the fast path tell what it has done, and do no more: the caller looks at a seat or changes it."""
        if self.fast_path is not None:
            self.fast_path.settle()

    def send(self, packets: Sequence[Packet], groups: Sequence[Group]) -> None:
        """See `Engine`. Streams come last and take what fits: they hold up nobody."""
        streams = [group for group in groups if group.targets[0].stream is not None]
        if not streams:
            self._datagrams.send(packets, groups)
            return
        self._datagrams.send(packets, [group for group in groups if group not in streams])
        for group in streams:
            for target in group.targets:
                self._stream(packets, target)

    def _stream(self, packets: Sequence[Packet], target: Target) -> None:
        stream = target.stream
        for data in filter(None, map(target.addressed, packets)):
            sealed = None if stream is None or stream.choked else target.outbound.protect(data)
            if stream is None or sealed is None:
                self._counters.unsent += 1
            else:
                stream.send(sealed)
                self._counters.forwarded += 1
