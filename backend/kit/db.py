"""PostgreSQL: one pool per process, transactions that nest, and asyncpg-style reads and writes.

`fetch`, `fetchrow`, `fetchval`, `execute` and every Piccolo query run on the connection of the
current transaction, or on any of the pool outside of one. JSON columns are text here: encode and
decode them with msgspec. Never `gather` inside a transaction: it is one connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from types import NoneType, TracebackType
from typing import Any, Protocol, Self, cast
from uuid import UUID

import asyncpg
from asyncpg.pgproto import pgproto
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction, Savepoint

from backend.kit.settings import Settings

Hook = Callable[[], Awaitable[None]]


class Row(Protocol):
    """A row: asyncpg's Record, by name or by position."""

    def __getitem__(self, key: str | int, /) -> Any: ...  # noqa: ANN401 - whatever type the column has
    def __iter__(self) -> Iterator[Any]: ...
    def keys(self) -> Iterable[str]: ...


# How asyncpg says that the connection is gone; the last when it is cut while a statement is about to be sent.
GONE = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError, asyncpg.InternalClientError)

# A handler that waits longer than this for a connection or an answer is better refused (503).
_PATIENCE_SECONDS = 30.0
_FEW = 128


class SafeTransaction(PostgresTransaction):
    """Piccolo's transaction without its leaks.

    Piccolo 1.38 keeps the connection when COMMIT fails and keeps the inner work of a failed nested
    transaction. Here the connection always goes back to the pool, also when the caller is
    cancelled, and nesting is a savepoint.
    """

    # Piccolo leaves these methods untyped.
    get_connection: Callable[[], Coroutine[Any, Any, Any]]
    begin: Callable[[], Coroutine[Any, Any, None]]
    commit: Callable[[], Coroutine[Any, Any, None]]
    rollback: Callable[[], Coroutine[Any, Any, None]]
    engine: "Engine"
    connection: Any
    hooks: list[Hook]
    _parent: "SafeTransaction | None"

    async def __aenter__(self) -> Self:
        if self._parent is not None:
            self._savepoint: Savepoint = await self._parent.savepoint()
            self.connection = self._parent.connection
            self.hooks, self._kept = self._parent.hooks, len(self._parent.hooks)
            return self
        self.hooks = []
        self.connection = await self.get_connection()
        try:
            self.transaction = self.connection.transaction()
            await self.begin()
        except BaseException:
            await asyncio.shield(self._release())
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._parent is not None:
            await self._leave_savepoint(failed=kind is not None)
            return False
        try:
            await (self.commit() if kind is None else self.rollback())
        except GONE:
            if kind is None:
                raise
            # The connection is gone and the work with it: the first fault is the one to tell.
        finally:
            self.engine.current_transaction.reset(self.context)
            await asyncio.shield(self._release())
        return False

    async def _leave_savepoint(self, *, failed: bool) -> None:
        if failed:
            del self.hooks[self._kept :]
            try:
                await self._savepoint.rollback_to()
            except GONE:
                return
        await self._savepoint.release()

    async def _release(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """Piccolo's engine with our transaction; it does not connect when it is imported."""

    async def get_version(self) -> float:
        return float(self.min_version_number)

    def transaction(self, allow_nested: bool = True) -> SafeTransaction:
        return SafeTransaction(engine=self, allow_nested=allow_nested)


engine = Engine(config={})


def use(database_url: str) -> None:
    """Connect to this database from now on (without a pool until `open_pool`)."""
    engine.config = {"dsn": database_url}


async def open_pool(settings: Settings) -> None:
    """Open the process's pool; raises when PostgreSQL cannot be reached."""
    use(settings.database_url)
    await engine.start_connection_pool(
        min_size=min(4, settings.pool),
        max_size=settings.pool,
        command_timeout=_PATIENCE_SECONDS,
        max_inactive_connection_lifetime=0,
        server_settings={"application_name": "wake", "timezone": "UTC"},
        reset=_nothing,
    )


async def close_pool() -> None:
    """Close the pool; does nothing without one."""
    if engine.pool:
        pool, engine.pool = engine.pool, None
        await pool.close()


async def _nothing(_: object) -> None:
    """Nothing to reset: no code of ours sets session state, and a RESET ALL costs a round trip."""


def in_transaction() -> bool:
    return engine.current_transaction.get() is not None


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All or nothing. Nested, it is a savepoint: a failed inner one takes only its own work along."""
    current: SafeTransaction = engine.transaction()
    async with current:
        yield
    if current._parent is None:
        for hook in current.hooks:
            await hook()


def after_commit(hook: Hook) -> None:
    """Run `hook` once the outermost transaction has committed; never when it did not."""
    current = cast("SafeTransaction | None", engine.current_transaction.get())
    if current is None:
        raise RuntimeError("after_commit outside a transaction")
    current.hooks.append(hook)


def connection() -> asyncpg.Connection:
    """The connection of the current transaction, for what has to happen inside it."""
    current = engine.current_transaction.get()
    if current is None:
        raise RuntimeError("no transaction")
    return cast(asyncpg.Connection, current.connection)


def _target() -> Any:  # noqa: ANN401 - a connection or a pool: asyncpg has no common type for them
    current = engine.current_transaction.get()
    if current is not None:
        return current.connection
    if engine.pool is None:
        raise RuntimeError("no pool: open_pool has not been called")
    return engine.pool


async def fetch(sql: str, *args: object) -> list[Row]:
    """All rows."""
    return cast(list[Row], await _target().fetch(sql, *args))


async def fetchrow(sql: str, *args: object) -> Row | None:
    """The first row or None."""
    return cast(Row | None, await _target().fetchrow(sql, *args))


async def fetchval(sql: str, *args: object) -> Any:  # noqa: ANN401 - whatever type the column has
    """The first column of the first row or None."""
    return await _target().fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """The command tag. Without arguments the text may hold several statements."""
    return cast(str, await _target().execute(sql, *args))


async def executemany(sql: str, rows: Iterable[tuple[object, ...]]) -> None:
    """The same statement for many rows, pipelined and atomic."""
    await _target().executemany(sql, rows)


async def copy(table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Append rows inside the current transaction the cheapest way; no rows, no call.

    COPY costs each side the least per row, but one more trip to the server: below some hundred rows INSERT is cheaper.
    """
    if len(rows) > _FEW:
        await connection().copy_records_to_table(table, records=rows, columns=columns)
    elif rows:
        named, places = ", ".join(f'"{name}"' for name in columns), ", ".join(f"${n + 1}" for n in range(len(columns)))
        await executemany(f"insert into {table} ({named}) overriding system value values ({places})", rows)  # noqa: S608


def unnest(types: str, first: int = 1) -> str:
    """SQL for the rows that `arrays` made the arguments from `$first` on of: `unnest("uuid date")`."""
    return f"unnest({', '.join(f'${number}::text::{name}[]' for number, name in enumerate(types.split(), first))})"


def arrays(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """The columns of rows (at least one) as array literals, the arguments for `unnest`.

    asyncpg asks two abstract base classes about every element of a list; writing the text costs a quarter of that.
    """
    columns = zip(*rows, strict=True)
    return ["{" + ",".join([_LITERAL[type(value)](value) for value in column]) + "}" for column in columns]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_LITERAL: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: f"{value.int:032x}",
    pgproto.UUID: lambda value: value.hex,
    int: str,
    str: _quoted,
    date: date.isoformat,
    datetime: lambda value: f'"{value.isoformat()}"',
    NoneType: lambda _: "null",
}
