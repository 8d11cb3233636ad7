"""The whole house as a person starts it: `wake serve` with demo data in an empty folder, on free ports."""

import asyncio
import itertools
import json
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from subprocess import Popen
from typing import Any

import httpx

from backend.supervisor.child import leash
from tests.expect import eventually

ROOT = Path(__file__).parent.parent
DEMO_PASSWORD = "wake-demo"
START_SECONDS = 90.0
PORTS = 5
_PLACES = itertools.count(20_000 + os.getpid() * 1009 % 10_000)


class House:
    """A running supervisor and its parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(PORTS)
        self.url = f"http://localhost:{self.port}"
        self.log = folder / "serve.log"
        self.process: Popen[bytes] | None = None

    def start(self, **more: str) -> None:
        """Start the supervisor, with `more` in its environment; `ready` waits for it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("WAKE_", "MEDIA_"))}
        environment |= {"WAKE_DATA": str(self.folder), "WAKE_PORT": str(self.port), **more}
        with self.log.open("ab") as log:
            self.process = Popen([sys.executable, "-m", "backend", "serve"], cwd=ROOT, env=environment,
                                 stdout=log, stderr=log, start_new_session=True, preexec_fn=leash(signal.SIGTERM))

    async def ready(self, timeout: float = START_SECONDS) -> None:
        """Wait until every part says that it is well."""
        async with httpx.AsyncClient(base_url=self.url) as client:

            async def well() -> bool:
                if self.process is None or self.process.poll() is not None:
                    raise RuntimeError(f"wake serve ended:\n{self.log.read_text()[-4000:]}")
                try:
                    reply = await client.get("/api/health")
                except httpx.TransportError as fault:
                    raise AssertionError(repr(fault)) from fault
                assert reply.json()["status"] == "ok", reply.text
                return True

            await eventually("the house is well", well, timeout)

    def parts(self) -> dict[str, Any]:
        """The supervisor's own list of its parts."""
        return dict(json.loads((self.folder / "parts.json").read_text()))

    def pid(self, part: str) -> int:
        """The process id of a part now."""
        return int(self.parts()[part]["pid"])

    async def kill(self, part: str) -> None:
        """kill -9 a part and wait until the supervisor has put another in its place."""
        before = self.pid(part)
        os.kill(before, signal.SIGKILL)
        await eventually(f"{part} is started again", lambda: self.pid(part) != before, 30)

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


class Colleague:
    """A demo employee with a cookie and the API."""

    def __init__(self, house: House, number: str) -> None:
        self.number = number
        self.http = httpx.AsyncClient(base_url=house.url, timeout=30)

    async def log_in(self) -> "Colleague":
        reply = await self.http.post("/api/login", json={"employeeNumber": self.number, "password": DEMO_PASSWORD})
        assert reply.status_code in (200, 201), reply.text
        return self

    async def get(self, path: str) -> Any:
        reply = await self.http.get(path)
        assert reply.status_code == httpx.codes.OK, (path, reply.status_code, reply.text)
        return reply.json()

    async def post(self, path: str, body: object = None) -> Any:
        reply = await self.http.post(path, json=body) if body is not None else await self.http.post(path)
        assert reply.is_success, (path, reply.status_code, reply.text)
        return reply.json() if reply.content else None

    async def total(self, account: str = "learning") -> int:
        """Points on an account now."""
        balances = (await self.get("/api/points"))["balances"]
        return next(int(each["total"]) for each in balances if each["account"] == account)

    async def close(self) -> None:
        await self.http.aclose()

    async def __aenter__(self) -> "Colleague":
        return await self.log_in()

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def free_ports(count: int) -> int:
    """The first of so many neighbouring ports that are free now, for TCP and UDP, and were not given before. Each
    process looks elsewhere, below the ports that kernels give to clients."""
    while True:
        first = next(_PLACES)
        sockets: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    sockets.append(socket.socket(socket.AF_INET, kind))
                    sockets[-1].bind(("", port))
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
        for _ in range(count - 1):
            next(_PLACES)
        return first


@contextmanager
def house_in_empty_folder(**more: str) -> Iterator[House]:
    """A started house; stopped and swept away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wake-house-"))
    folder.chmod(0o755)
    house = House(folder)
    house.start(**more)
    try:
        yield house
    finally:
        house.stop()
        rmtree(folder, ignore_errors=True)


async def together(*acts: Any) -> Sequence[Any]:
    """All acts at the same time; the first failure fails."""
    return await asyncio.gather(*acts)


async def wake(house: House, *command: str, module: str = "backend") -> str:
    """What `wake COMMAND …` prints beside a running house (or another `module`); it has to succeed."""
    environment = os.environ | {"WAKE_DATA": str(house.folder), "WAKE_PORT": str(house.port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *command, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()
