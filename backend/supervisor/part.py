"""One supervised process: started, waited for, started again when it dies."""

import asyncio
import contextlib
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.supervisor.board import Board
from backend.supervisor.child import Account, NotStarted, Server, tail, tied

FIRST_DELAY, LONGEST_DELAY, HEALTHY_AFTER = 0.1, 5.0, 30.0  # seconds
POLL_SECONDS = 0.02
BOOT_TRIES = 3
LARGEST_LOG = 10_000_000  # bytes


def nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Part:
    """What is to be kept alive. `patience` is how many seconds it may take to end when asked to."""

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[int], Awaitable[bool]]
    log: Path
    env: Mapping[str, str] | None = None
    prepare: Callable[[], None] = nothing
    account: Account | None = None
    farewell: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGKILL
    patience: float = 1.5


def embedded(name: str, server: Server, patience: float) -> Part:
    """Make a part of an embedded server."""

    async def ready(pid: int) -> bool:
        return server.ready(pid)

    return Part(name, server.command, ready, server.log, prepare=server.prepare, account=server.account,
                farewell=server.farewell, orphaned=server.orphaned, patience=patience)


@dataclass
class Keeper:
    """Keeps one part alive until told to stop. `up` is set while the part answers."""

    part: Part
    board: Board
    up: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    restarts: int = 0
    delay: float = FIRST_DELAY
    process: Process | None = None
    task: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Begin to keep the part; returns when it is ready for the first time. Raises NotStarted."""
        self.task = asyncio.create_task(self._keep())
        ready = asyncio.create_task(self.up.wait())
        await asyncio.wait({self.task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self.task.done():
            self.task.result()

    async def stop(self) -> None:
        """Ask the part to end, make it end when it does not, and return when it has."""
        self.stopping.set()
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.part.farewell)
            try:
                await asyncio.wait_for(self.process.wait(), self.part.patience)
            except TimeoutError:
                self.board.say(f"{self.part.name} does not end: killed")
                self.process.kill()
        if self.task:
            await asyncio.wait({self.task})
        self._note("stopped")

    def _note(self, state: str) -> None:
        self.board.note(self.part.name, state, self.restarts, self.process.pid if self.process else 0)

    async def _keep(self) -> None:
        ever_up = False
        while not self.stopping.is_set():
            began = time.monotonic()
            ending = await self._live()
            ever_up = ever_up or self.up.is_set()
            self.up.clear()
            if self.stopping.is_set():
                return
            if not ever_up and self.restarts + 1 >= BOOT_TRIES:
                raise NotStarted(f"{self.part.name} {ending} at every start. Its last words:\n{tail(self.part.log)}")
            if time.monotonic() - began > HEALTHY_AFTER:
                self.delay = FIRST_DELAY
            self.restarts += 1
            self.board.say(f"{self.part.name} {ending}; it starts again in {self.delay:g} s")
            self._note("waiting")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), self.delay)
            self.delay = min(self.delay * 2, LONGEST_DELAY)

    async def _live(self) -> str:
        """Start the process once and say how it ended."""
        part = self.part
        part.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            await asyncio.to_thread(part.prepare)  # it may take seconds, and Ctrl-C must not wait
        except NotStarted as fault:
            return f"could not be prepared ({fault})"
        if part.log.exists() and part.log.stat().st_size > LARGEST_LOG:
            part.log.rename(part.log.with_suffix(".log.1"))
        with part.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *part.command(), stdout=output, env=part.env, **tied(part.account, part.orphaned))
        if self.stopping.is_set():  # stop() came while it was being started and could not see it
            self.process.send_signal(part.farewell)
        self._note("starting")
        ending = asyncio.create_task(self.process.wait())
        await self._await_ready(ending)
        return told(await ending)

    async def _await_ready(self, ending: "asyncio.Task[int]") -> None:
        assert self.process is not None  # noqa: S101 - for mypy
        while not ending.done():
            if await self.part.ready(self.process.pid):
                self.up.set()
                self._note("up")
                if self.restarts:
                    self.board.say(f"{self.part.name} is back (process {self.process.pid})")
                return
            await asyncio.wait({ending}, timeout=POLL_SECONDS)


def told(code: int) -> str:
    """Say how a process ended."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


async def run_once(name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
    """Run a step of the start to its end. Raises NotStarted with the end of its output when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, env=env, **tied(None, signal.SIGKILL))
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if code:
        raise NotStarted(f"{name} {told(code)}:\n{tail(log)}")
