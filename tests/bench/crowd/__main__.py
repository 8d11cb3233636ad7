"""A growing crowd of viewers in a process of its own: `python -m tests.bench.crowd PEER-AS-JSON ROOM`.

Each line of stdin, `COUNT RATE`, lets viewers come until there are COUNT, RATE of them a second; every second a line of
JSON (`Line`) is printed. Ends at the end of stdin.
"""

import asyncio
import os
import sys
import time
from uuid import UUID

import httpx
import msgspec
import uvloop

from tests.bench.crowd.door import door
from tests.bench.crowd.line import Line
from tests.bench.crowd.member import Member
from tests.bench.crowd.sweep import Sweep
from tests.bench.peers.peer import Peer
from tests.media.clients import Turned, grant


class Crowd:
    """Everybody who came or is on the way."""

    def __init__(self, peer: Peer, room: UUID) -> None:
        self._peer, self._room = peer, room
        self._members: list[Member] = []
        self._sweep = Sweep()
        self._ways: set[asyncio.Task[None]] = set()
        self._failed = 0

    async def grow(self, commands: asyncio.StreamReader) -> None:
        """Do as each line says."""
        async with door(self._peer, self._room) as ask:
            async for command in commands:
                count, rate = map(float, command.split())
                start, already = time.monotonic(), len(self._members)
                while len(self._members) < count:
                    due = start + (len(self._members) - already) / rate
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    self._let_in(Member(ask, grant(self._room)))

    def _let_in(self, member: Member) -> None:
        self._members.append(member)
        way = asyncio.create_task(self._come(member))
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)

    async def _come(self, member: Member) -> None:
        try:
            await member.join(self._sweep)
        except (Turned, OSError, EOFError, httpx.HTTPError) as fault:
            self._failed += 1
            sys.stderr.write(f"a viewer is not in: {fault!r}\n")

    def line(self) -> Line:
        """What can be said now."""
        streams = [one for member in self._members for one in member.streams]
        return Line(
            viewers=len(self._members),
            joins=[member.joined for member in self._members if member.joined is not None],
            failed=self._failed,
            receiving=sum(member.progressed() for member in self._members),
            packets=sum(one.received for one in streams),
            missed=sum(one.missed for one in streams),
            cpu=time.process_time(),
        )


async def report(crowd: Crowd) -> None:
    """A line a second."""
    while True:
        await asyncio.sleep(1)
        os.write(1, msgspec.json.encode(crowd.line()) + b"\n")


async def main(peer: Peer, room: UUID) -> None:
    loop, commands = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    crowd = Crowd(peer, room)
    told = asyncio.create_task(report(crowd))
    await crowd.grow(commands)
    told.cancel()


if __name__ == "__main__":
    uvloop.run(main(msgspec.json.decode(sys.argv[1], type=Peer), UUID(sys.argv[2])))
