"""A crowd of viewers, or one publisher, in a process of its own; prints one JSON line a second.

    python -m tests.media.pool --url http://127.0.0.1:8001 --room UUID --viewers 20 --secret SECRET
    python -m tests.media.pool --url … --room UUID --tokens FILE        # one viewer per line
    python -m tests.media.pool --url … --room UUID --publish --token TOKEN [--codec VP8]

A viewer's line: {"at", "viewers", "connected", "receiving", "joins", "packets", "bytes", "holes", "lost", "repaired",
"firstPictureMs": [p50, p90] or null, "cpu": seconds of this process}. With --rejoin a viewer posts anew when the relay
has been silent for 5 s. Ends at SIGTERM (says goodbye by DELETE), at EOF of stdin with --until-eof, or after --seconds.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import uvloop

from tests.expect import eventually
from tests.media.clients import SECRET, Publisher, Relay, Turned, Viewer, grant

JOIN_AT_ONCE = 4
LEAVE_WITHIN = 5.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--room", required=True, type=UUID)
    parser.add_argument("--seat", default="host")
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--secret", default=SECRET)
    parser.add_argument("--tokens", type=Path)
    parser.add_argument("--token")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--codec", choices=["H264", "VP8"], default="H264")
    parser.add_argument("--rejoin", action="store_true")
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--drain", type=float, help="seconds between reads once there is a picture; see Link")
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--until-eof", action="store_true")
    return parser.parse_args()


def tokens(given: argparse.Namespace) -> list[str]:
    if given.tokens:
        return str(given.tokens.read_text()).split()
    if given.token:
        return [given.token]
    if given.publish:
        return [grant(given.room, device="a laptop", publish=[given.seat], secret=given.secret)]
    return [grant(given.room, device=f"phone {n}", secret=given.secret) for n in range(given.viewers)]


def crowd_line(viewers: Sequence[Viewer]) -> dict[str, Any]:
    """The figures of a crowd."""
    books = [tally for viewer in viewers for tally in (viewer.audio, viewer.video)]
    pictures = sorted(viewer.first_picture for viewer in viewers if viewer.first_picture is not None)
    marks = [round(pictures[len(pictures) * share // 100] * 1000, 1) for share in (50, 90)] if pictures else None
    return {
        "viewers": len(viewers),
        "connected": sum(viewer.connected for viewer in viewers),
        "receiving": sum(viewer.receiving() for viewer in viewers),
        "joins": sum(viewer.joins for viewer in viewers),
        "packets": sum(tally.received for tally in books),
        "bytes": sum(tally.bytes for tally in books),
        "holes": sum(len(tally.holes) for tally in books),
        "lost": sum(tally.lost for tally in books),
        "repaired": sum(tally.repaired for tally in books),
        "firstPictureMs": marks,
    }


def publisher_line(publisher: Publisher) -> dict[str, Any]:
    """The figures of a publisher."""
    return {
        "packets": publisher.audio.packets + publisher.video.packets,
        "keyFrames": publisher.key_frames,
        "keysAsked": publisher.keys_asked,
        "resent": publisher.resent,
    }


def watch(relay: Relay, given: argparse.Namespace, tasks: asyncio.TaskGroup) -> list[Viewer]:
    """The crowd, joining a few at a time."""
    door = asyncio.Semaphore(JOIN_AT_ONCE)

    async def come(viewer: Viewer) -> None:
        async with door:
            try:
                await viewer.join()
            except (Turned, TimeoutError, ConnectionError, httpx.HTTPError) as fault:
                sys.stderr.write(f"a viewer is not in: {fault!r}\n")
        if given.drain:
            await eventually("a picture", viewer.pictured, timeout=60)
            viewer.link.drain_every(given.drain)
        if given.rejoin:
            await viewer.remain()

    viewers = [
        Viewer(relay, given.room, token, seat=given.seat, light=given.light, loss=given.loss, seed=n)
        for n, token in enumerate(tokens(given))
    ]
    for viewer in viewers:
        tasks.create_task(come(viewer))
    return viewers


async def say(given: argparse.Namespace, relay: Relay, ended: asyncio.Event) -> None:
    """Run what was asked for and print its figures until `ended`."""
    async with asyncio.TaskGroup() as tasks:
        clients: Sequence[Viewer | Publisher]
        if given.publish:
            publisher = Publisher(relay, given.room, tokens(given)[0], seat=given.seat, codec=given.codec)
            await publisher.join()
            clients, figures = [publisher], partial(publisher_line, publisher)
            if given.rejoin:
                tasks.create_task(publisher.remain())
        else:
            clients = viewers = watch(relay, given, tasks)
            figures = partial(crowd_line, viewers)
        reporter = tasks.create_task(report(figures))
        await ended.wait()
        reporter.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await asyncio.gather(*(client.leave() for client in clients if client.location), return_exceptions=True)
        raise SystemExit(0)


async def report(figures: Callable[[], dict[str, Any]]) -> None:
    while True:
        await asyncio.sleep(1)
        line = figures() | {"at": time.time_ns() // 1_000_000, "cpu": time.process_time()}
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()


async def main() -> None:
    given = arguments()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if given.seconds:
        loop.call_later(given.seconds, ended.set)
    if given.until_eof:
        loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    async with Relay(given.url) as relay:
        await say(given, relay, ended)


if __name__ == "__main__":
    uvloop.run(main())
