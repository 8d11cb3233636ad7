"""CPU of the relay per forwarded packet with 100 real viewers, and how long a joiner waits for a picture.

`python -m tests.bench.bench_relay`. Viewers do ICE, DTLS and SRTP over real sockets and report every second; they
and the publisher (230 packets/s, 1.54 Mbps) are processes of their own. Beside the relay, in turn: stock aiortc with
one RTCPeerConnection per viewer, and the limit in C (copy, AES-256-GCM, one GSO message per viewer, sendmmsg).
"""

import asyncio
import statistics
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import uvloop

from media.messages import mint
from tests.bench.first_picture import of_chromium, of_clients
from tests.bench.harness import Figure, Run, in_turn, measured, median, publish
from tests.bench.relay_limit import compiler
from tests.expect import eventually
from tests.media.clients import Relay
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess, free_port

VIEWERS, SECONDS, ROUNDS = 100, 8, 3
DRAIN = 0.005
"""Seconds between a viewer's reads: so that the sender's CPU does not count the waking of a hundred receivers."""
JOINS = 16
PACKETS_A_SECOND = 230
LOST = 0.002
"""Share of packets a viewer may miss before a measurement is not one: the machine could not keep up."""
MOST, FIRST_P50, FIRST_P90 = 4.5, 80.0, 150.0


class Line(msgspec.Struct):
    """What a crowd says of itself every second; see tests/media/pool.py."""

    viewers: int
    receiving: int
    packets: int
    holes: int
    lost: int


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[Process]:
    """A python module in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def pool(url: str, room: UUID, *arguments: str) -> AsyncIterator[Process]:
    """Clients; the first line they print is read."""
    async with program("tests.media.pool", "--url", url, "--room", str(room), *arguments) as process:
        await said(process)
        yield process


async def said(process: Process) -> bytes:
    """The next line of a program."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a program ended early")
    return line


async def crowd_at(crowd: Process) -> Line:
    return msgspec.json.decode(await said(crowd), type=Line)


async def watched(url: str, room: UUID, pid: int) -> Run:
    """CPU of `pid` while the crowd, once it is complete, watches."""
    async with pool(url, room, "--viewers", str(VIEWERS), "--light", "--drain", str(DRAIN)) as crowd:
        while (line := await crowd_at(crowd)).receiving < VIEWERS:
            continue
        before = await crowd_at(crowd)
        async with measured([pid]) as run:
            for _ in range(SECONDS):
                line = await crowd_at(crowd)
        run.units = line.packets - before.packets
    missed = line.holes + line.lost - before.lost
    if missed > LOST * run.units:
        raise RuntimeError(f"the machine could not keep up: {missed} of {run.units} packets were missed")
    return run


@asynccontextmanager
async def relay_on_air() -> AsyncIterator[tuple[RelayProcess, UUID]]:
    """Our relay with somebody publishing."""
    backend, room = Receiver(), mint()
    await backend.open()
    with tempfile.TemporaryDirectory() as folder:
        server = RelayProcess(Path(folder), backend.url)
        await server.start()
        async with pool(server.url, room, "--publish"):
            yield server, room
        await server.stop()
    await backend.close()


async def ours() -> Run:
    """Our relay."""
    async with relay_on_air() as (server, room):
        assert server.process is not None
        return await watched(server.url, room, server.process.pid)


async def aiortc() -> Run:
    """Stock aiortc."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with program("tests.bench.relay_aiortc", str(port)) as server, Relay(url) as door:

        async def well() -> bool:
            with suppress(httpx.ConnectError):
                return (await door.http.get("/")).is_success
            return False

        await eventually("aiortc listens", well)
        return await watched(url, mint(), server.pid)


async def limit() -> Run:
    """The bare loop in C, for as many packets as the others forward."""
    frames = SECONDS * PACKETS_A_SECOND // 8
    async with program("tests.bench.relay_limit", str(VIEWERS), str(frames)) as process:
        told = msgspec.json.decode(await said(process))
    return Run(units=told["packets"], cpu=told["cpu"])


async def first_pictures() -> dict[str, list[float]]:
    """Milliseconds joiners wait, by who they are."""
    async with relay_on_air() as (server, room):
        waits = {"key frame at a client": await of_clients(server.url, room, JOINS)}
        waits["frame in Chromium"] = await of_chromium(server.url, mint(), JOINS)
    return waits


async def main() -> int:
    """Print the table, write the result; 1 when a promise is broken."""
    contenders = {"relay": ours, "stock aiortc": aiortc}
    if compiler():
        contenders["limit in C"] = limit
    runs = await in_turn(contenders, ROUNDS)
    waits = await first_pictures()
    relay = median(runs["relay"])
    figures = [Figure("relay", relay, "µs CPU/packet", most=MOST)]
    figures += [Figure(name, median(runs[name]), "µs CPU/packet") for name in contenders if name != "relay"]
    figures.append(Figure("viewers per core", 1e6 / relay / PACKETS_A_SECOND, "viewers"))
    for name, times in waits.items():
        figures.append(Figure(f"click → first {name}, p50", statistics.median(times), "ms", most=FIRST_P50))
        figures.append(Figure(f"click → first {name}, p90", sorted(times)[JOINS * 9 // 10], "ms", most=FIRST_P90))
    title = f"Relay: {VIEWERS} viewers, {PACKETS_A_SECOND} packets/s of 1.54 Mbps each, {JOINS} joins"
    return 0 if publish("relay", title, figures, runs) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
