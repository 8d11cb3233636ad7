"""The real servers every test runs against, started once per session."""

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from backend.kit.migrate import migrate
from backend.supervisor.child import start, stop
from backend.supervisor.postgres import Postgres
from backend.supervisor.valkey import Valkey

TEMPLATE = "wake_template"


class Databases:
    """A PostgreSQL server with a migrated template; `fresh_database` copies it in some 0.03 s."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.numbers = itertools.count(1)

    async def make_template(self) -> None:
        """Run all migrations, once."""
        await self._execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate(self.server.dsn(TEMPLATE))

    async def fresh_database(self) -> str:
        """Make a database with the newest schema and no rows; answer its DSN."""
        name = f"test_{next(self.numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return self.server.dsn(name)

    async def empty_database(self) -> str:
        """Make a database without any schema; answer its DSN."""
        name = f"empty_{next(self.numbers)}"
        await self._execute(f"CREATE DATABASE {name}")
        return self.server.dsn(name)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A short path that any account may enter, as servers and their sockets need it."""
    folder = Path(tempfile.mkdtemp(prefix="wake-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def bare_postgres(scratch: Path) -> Iterator[Postgres]:
    """A PostgreSQL server that forgets on a crash and knows no schema."""
    server = Postgres(scratch / "postgres", durable=False)
    process = start(server)
    yield server
    stop(process, server.farewell)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(bare_postgres: Postgres) -> AsyncIterator[Databases]:
    """PostgreSQL with the migrated template: `await postgres.fresh_database()`."""
    databases = Databases(bare_postgres)
    await databases.make_template()
    yield databases


@pytest.fixture(scope="session")
def valkey(scratch: Path) -> Iterator[str]:
    """The URL of a real Valkey."""
    server = Valkey(scratch / "valkey")
    process = start(server)
    yield server.url
    stop(process, server.farewell)
