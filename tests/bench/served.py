"""Real servers for benches and load: PostgreSQL and Valkey that keep their promises, and uvicorn over them."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from subprocess import Popen

import httpx

from backend.kit.migrate import migrate
from backend.supervisor.child import start, stop
from backend.supervisor.postgres import Postgres
from backend.supervisor.valkey import Valkey
from tests.expect import eventually
from tests.house import ROOT, free_ports

SECRET = "a secret of the benches, 32 chars."


class Served:
    """A uvicorn process on 127.0.0.1."""

    def __init__(self, process: Popen[bytes], port: int) -> None:
        self.process, self.port = process, port


@contextmanager
def stores() -> Iterator[dict[str, str]]:
    """The environment of a backend over its own servers; PostgreSQL is durable, as in production."""
    folder = Path(tempfile.mkdtemp(prefix="wake-"))
    folder.chmod(0o711)
    postgres, valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
    running = [(start(server), server.farewell) for server in (postgres, valkey)]
    try:
        yield {
            "DATABASE_URL": postgres.dsn("postgres"),
            "REDIS_URL": valkey.url,
            "WAKE_DATA": str(folder / "data"),
            "WAKE_SECRET": SECRET,
            "WAKE_MEDIA_SECRET": SECRET[::-1],
        }
    finally:
        for process, farewell in reversed(running):
            stop(process, farewell)
        shutil.rmtree(folder)


async def migrated(environment: dict[str, str]) -> None:
    """Bring the database to the newest schema."""
    await migrate(environment["DATABASE_URL"])


@asynccontextmanager
async def served(environment: dict[str, str], path: str, *command: str) -> AsyncIterator[Served]:
    """Run `python -m command` with a free port in WAKE_PORT until `path` is answered, and for the block."""
    port = free_ports(1)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAKE_")}  # noqa: TID251
    arguments = [part.replace("{port}", str(port)) for part in command]
    process = Popen(  # noqa: ASYNC220 - before anything runs beside it
        [sys.executable, "-m", *arguments], cwd=ROOT, env=inherited | environment | {"WAKE_PORT": str(port)}
    )
    try:
        await _answers(f"http://127.0.0.1:{port}{path}", process)
        yield Served(process, port)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def _answers(url: str, process: Popen[bytes]) -> None:
    async with httpx.AsyncClient() as client:

        async def answered() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with code {process.returncode}")
            try:
                return (await client.get(url)).status_code < httpx.codes.INTERNAL_SERVER_ERROR
            except httpx.TransportError:
                return False

        await eventually(f"{url} answers", answered, 20)
