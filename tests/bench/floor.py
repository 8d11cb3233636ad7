"""The floor for a check-in: bare ASGI, a signed cookie, and one SQL statement per request through asyncpg.

It writes what a check-in must at least write (a trace, a ledger row, a balance), and does nothing else that
the app does: no streak, no seal, no rules, no clocks, no checks of what came in.
"""

import gc
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from backend.kit import tokens
from backend.people.logins import PURPOSE
from backend.people.principal import Login
from backend.supervisor.web import PATIENT_COLLECTION

TABLES = """
create table floor_trace (id uuid primary key, actor uuid not null, verb text not null,
    at timestamptz not null, body jsonb not null);
create table floor_ledger (id uuid primary key, actor uuid not null, delta integer not null,
    key text not null unique, at timestamptz not null);
create table floor_balance (actor uuid primary key, balance bigint not null default 0);
insert into floor_balance select id from employee;
"""

_WRITE = """
with ledger as (
    insert into floor_ledger (id, actor, delta, key, at) values ($1, $2, 10, $3, $4)
    on conflict (key) do nothing returning actor, delta
), trace as (
    insert into floor_trace (id, actor, verb, at, body)
    select $1, $2, 'checked-in', $4, $5::jsonb where exists (select from ledger)
)
update floor_balance b set balance = b.balance + ledger.delta from ledger where b.actor = ledger.actor
returning b.balance
"""


class CheckIn(msgspec.Struct, rename="camel"):
    """The request, as the app takes it."""

    id: UUID
    occurred_at: datetime
    contact: str = ""


class Counted(msgspec.Struct):
    """The answer."""

    id: UUID
    points: int
    balance: int


_decode = msgspec.json.Decoder(CheckIn).decode
_encode = msgspec.json.encode


class Floor:
    """The ASGI application."""

    pool: Any

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        actor = _actor(dict(scope["headers"]).get(b"cookie", b"").decode())
        if actor is None:
            await _answer(send, 401, b"{}")
            return
        body = b""
        more = True
        while more:
            event = await receive()
            body += event["body"]
            more = event["more_body"]
        act = _decode(body)
        at = datetime.now(UTC)  # noqa: TID251 - the floor stands on nothing of ours but the cookie
        balance = await self.pool.fetchval(_WRITE, act.id, actor, f"{actor}:{at.date()}", at, body.decode())
        await _answer(send, 201, _encode(Counted(act.id, 10, balance)))

    async def _live(
        self, receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[..., Awaitable[None]]
    ) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                tokens.use(os.environ["WAKE_SECRET"])  # noqa: TID251
                self.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=16, max_size=16)  # noqa: TID251
            else:
                await self.pool.close()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return


def _actor(cookie: str) -> UUID | None:
    login = tokens.verify(PURPOSE, cookie.partition("=")[2], Login)
    return login.employee if login else None


async def _answer(send: Callable[[dict[str, Any]], Awaitable[None]], status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


gc.set_threshold(*PATIENT_COLLECTION)
app = Floor()
