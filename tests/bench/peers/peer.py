"""A relay on air as the crowd and the clock see it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Literal
from uuid import UUID

import httpx
import msgspec

from tests.bench.peers.janus_door import JanusDoor
from tests.expect import eventually
from tests.media.signalling import Relay

RELAY_CORE, OTHERS_CORE = 0, 1
"""The relay has a core of its own; the publisher and the crowd share another."""


class Absent(Exception):
    """This peer cannot be had on this machine; says why."""


class Peer(msgspec.Struct):
    """`pid` is the process whose CPU and memory are measured."""

    name: str
    pid: int
    url: str
    signalling: Literal["whep", "janus"] = "whep"

    def path(self, room: UUID) -> str:
        """Where to watch."""
        return f"/whep/{room}/host"

    def door(self) -> Relay | JanusDoor:
        """A client of the peer's signalling."""
        return JanusDoor(self.url) if self.signalling == "janus" else Relay(self.url)


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes started inside stay on this core, where there is more than one and it can be said (Linux)."""
    if sys.platform != "linux" or core not in os.sched_getaffinity(0):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def program(*arguments: str, core: int = OTHERS_CORE, quiet: bool = False) -> AsyncIterator[Process]:
    """A program with pipes to its stdin and stdout, ended at the end; `quiet` throws away what it says of errors."""
    with on_core(core):
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL if quiet else None
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def module(name: str, *arguments: str, core: int = OTHERS_CORE) -> AbstractAsyncContextManager[Process]:
    """A module of ours as a program."""
    return program(sys.executable, "-m", name, *arguments, core=core)


async def said(process: Process) -> bytes:
    """The next line of a program. Raises RuntimeError when it has ended."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a program ended early")
    return line


async def answering(url: str) -> None:
    """Wait until there is a server at `url`."""
    async with httpx.AsyncClient(trust_env=False) as client:

        async def well() -> bool:
            with suppress(httpx.HTTPError):
                return (await client.get(url)).is_success
            return False

        await eventually(f"{url} answers", well, timeout=20)
