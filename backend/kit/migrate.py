"""Bring a database to the newest schema: Piccolo's forwards migrations over backend/migrations."""

import asyncio
import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout

import asyncpg
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from backend.kit import db

APP = "wake"
CONFIGURATION = "backend.piccolo_conf"
ONE_AT_A_TIME = 0x57414B45  # any number, the same for all: the advisory lock of migrations


class MigrationFault(Exception):
    """Piccolo refused to migrate; the text is its own."""


async def migrate(dsn: str) -> None:
    """Run every migration that has not run on the database at `dsn`; others who try meanwhile wait.

    Raises the database's error of a failed migration, whose work is rolled back, or MigrationFault.
    """
    os.environ.setdefault("PICCOLO_CONF", CONFIGURATION)
    db.use(dsn)
    gate = await asyncpg.connect(dsn)
    try:
        await gate.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        with redirect_stdout(io.StringIO()):
            outcome = await ForwardsMigrationManager(APP).run()
        if not outcome.success:
            raise MigrationFault(outcome.message)
    finally:
        await gate.close()


def main(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """`wake migrate`, on DATABASE_URL."""
    try:
        asyncio.run(migrate(environ.get("DATABASE_URL", "")))
    except (OSError, MigrationFault, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        sys.stderr.write(f"DATABASE_URL cannot be brought to the newest schema: {fault}\n")
        return 1
    return 0
