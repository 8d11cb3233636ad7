"""What an operator or an auditor asks of the record: `wake rebuild`, `wake verify`, `wake attendance …`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from backend import record
from backend.kit import db
from backend.kit.settings import Settings
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import Case, attend
from backend.traces.seals import seal, verify_chain

_NAMES = [projection.name for projection in record.PROJECTIONS]
_REBUILD = f"usage: wake rebuild [{'|'.join(_NAMES)} ...]"
_VERIFY = "usage: wake verify"
_ATTENDANCE = 'usage: wake attendance recompute FILE ("-" reads standard input) | wake attendance export SESSION'


def rebuild(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Project the log again: all projections or the named ones."""
    if not set(arguments) <= set(_NAMES):
        return _misused(_REBUILD)

    async def command() -> int:
        count = await record.rebuild(*arguments)
        sys.stdout.write(f"{', '.join(arguments or _NAMES)}: rebuilt from {count} traces\n")
        return 0

    return _connected(environ, command)


def verify(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Check the hash chains, and that rebuilt projections equal the live ones; 1 when something is wrong."""
    return _misused(_VERIFY) if arguments else _connected(environ, _verify)


def attendance(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Recompute attendance from a file of cases, or export a session as one."""
    match arguments:
        case ["recompute", file]:
            _print(recompute(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()))
            return 0
        case ["export", text] if session := _uuid(text):
            return _connected(environ, lambda: _export(session))
    return _misused(_ATTENDANCE)


def recompute(cases: bytes) -> bytes:
    """JSON list of cases in, JSON list of each person's attendance out, in order."""
    return msgspec.json.encode([attend(case) for case in msgspec.json.decode(cases, type=list[Case])])


async def export(session: UUID) -> bytes:
    """A session's raw record as a JSON list of one case; persons by their ids."""
    return msgspec.json.encode([await case_of(session)])


async def _export(session: UUID) -> int:
    _print(await export(session))
    return 0


async def _verify() -> int:
    while await seal():
        pass
    report, wrong = await verify_chain(), await record.differences()
    sys.stdout.write(f"chain: {report.sealed} traces sealed, {report.tail} waiting, {len(report.breaks)} breaks\n")
    sys.stdout.write(f"projections: {'rebuilt equals live' if not wrong else f'{len(wrong)} differences'}\n")
    sys.stdout.writelines(f"  {line}\n" for line in [*report.breaks, *wrong])
    return 1 if report.breaks or wrong else 0


def _connected(environ: Mapping[str, str], command: Callable[[], Awaitable[int]]) -> int:
    async def connected() -> int:
        await db.open_pool(Settings.load(environ))
        try:
            return await command()
        finally:
            await db.close_pool()

    return asyncio.run(connected())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _misused(usage: str) -> int:
    sys.stderr.write(usage + "\n")
    return 2


def _print(document: bytes) -> None:
    sys.stdout.buffer.write(msgspec.json.format(document, indent=1) + b"\n")
