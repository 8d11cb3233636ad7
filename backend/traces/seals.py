"""The hash chain of each org: nothing that was sealed can be altered, removed or reordered unseen.

The worker seals, not the writers, so that nobody queues on the chain. What commits late is sealed later.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import asyncpg
import msgspec

from backend.kit import db
from backend.traces.statement import Statement, decode

_ONE_AT_A_TIME = 0x5345414C  # any number, the same for all: the advisory lock of sealing
_BATCH = 5_000
_BATCHES = 1_000
GENESIS = bytes(32)

_TAKE = """
with due as (
    delete from unsealed where ctid = any (array(select ctid from unsealed limit $1))
    returning first, last
)
select distinct trace.org, position, id, stored, statement
from due join trace on position between first and last left join seal on seal.trace = trace.id
where seal.trace is null order by trace.org, position
"""
_LAST = "select seq, hash from seal where org = $1 order by seq desc limit 1"
_SEAL = """
insert into seal (org, seq, trace, hash)
select $1, * from unnest($2::bigint[], $3::uuid[], $4::bytea[])
"""
_CHAIN = """
select seal.org, seq, seal.trace, hash, id, trace.org trace_org, actor, verb, object, object_type,
    timestamp, stored, day, source, statement
from seal left join trace on trace.id = seal.trace
where (seal.org, seq) > ($1, $2) order by seal.org, seq limit $3
"""
_UNSEALED = """
select count(*) total, count(waiting.position) waiting
from trace left join seal on seal.trace = trace.id
    left join (select distinct generate_series(first, last) position from unsealed) waiting using (position)
where seal.trace is null
"""


class ChainReport(msgspec.Struct, frozen=True):
    """`sealed` traces proven, `tail` still waiting for their seal, and one line per broken place."""

    sealed: int
    tail: int
    breaks: list[str]


def link(previous: bytes, stored: datetime, statement: str) -> bytes:
    """SHA-256 (FIPS 180-4) over the hash before (32 bytes), the stored instant (RFC 3339) and the canonical text."""
    return hashlib.sha256(previous + stored.isoformat().encode() + statement.encode()).digest()


async def seal() -> int:
    """Seal what has committed since the last time; answers how many. Another process that seals makes this one pass."""
    async with db.transaction():
        if not await db.fetchval("select pg_try_advisory_xact_lock($1)", _ONE_AT_A_TIME):
            return 0
        due = await db.fetch(_TAKE, _BATCHES)
        for org, rows in groupby(due, key=lambda row: row["org"]):
            await _extend(org, list(rows))
    return len(due)


async def _extend(org: UUID, rows: Sequence[asyncpg.Record]) -> None:
    last = await db.fetchrow(_LAST, org)
    seq, previous = (last["seq"], last["hash"]) if last else (0, GENESIS)
    hashes = []
    for row in rows:
        previous = link(previous, row["stored"], row["statement"])
        hashes.append(previous)
    await db.execute(_SEAL, org, list(range(seq + 1, seq + 1 + len(rows))), [row["id"] for row in rows], hashes)


async def verify_chain() -> ChainReport:
    """Recompute every org's chain from the log and compare each column with the sealed text."""
    breaks: list[str] = []
    org, seq, previous, sealed = UUID(int=0), 0, GENESIS, 0
    while rows := await db.fetch(_CHAIN, org, seq, _BATCH):
        for row in rows:
            if row["org"] != org:
                org, seq, previous = row["org"], 0, GENESIS
            if fault := _fault(row, seq, previous):
                breaks.append(f"org {org} seq {row['seq']} trace {row['trace']}: {fault}")
            seq, previous, sealed = row["seq"], row["hash"], sealed + 1
    ((unsealed, tail),) = await db.fetch(_UNSEALED)
    if unsealed != tail:
        breaks.append(f"{unsealed - tail} traces are in the log but were never recorded")
    return ChainReport(sealed=sealed, tail=tail, breaks=breaks)


def _fault(row: asyncpg.Record, seq: int, previous: bytes) -> str | None:
    if row["seq"] != seq + 1:
        return f"follows {seq}"
    if row["id"] is None:
        return "the trace is gone"
    if link(previous, row["stored"], row["statement"]) != row["hash"]:
        return "the statement was altered"
    return None if _columns(row) == _said(decode(row["statement"])) else "a column was altered"


def _columns(row: asyncpg.Record) -> tuple[object, ...]:
    names = ("id", "trace_org", "actor", "verb", "object", "object_type", "timestamp", "day", "source")
    return tuple(row[name] for name in names)


def _said(one: Statement) -> tuple[object, ...]:
    return (
        one.id, one.org, one.actor, one.verb, one.object.id, one.object.type, one.timestamp, one.day, one.source
    )  # fmt: skip
