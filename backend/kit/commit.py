"""Group commit: concurrent callers share one transaction, and each is answered after it has committed.

One batch is in flight at a time; whoever comes meanwhile joins the next. What is committed must be
idempotent: a batch whose commit is in doubt (the connection died) is simply tried again.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg

from backend.kit.problems import Unavailable

T = TypeVar("T")
R = TypeVar("R")

COLLISIONS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
LOSSES = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)
_PAUSES = (0.02, 0.2, 0.8)
# In a crowd those just answered are about to come back: a moment's patience doubles the next batch, halves what
# a transaction costs each of its callers and lets more of them through (PostgreSQL's commit_delay, one floor up).
_CROWD = 16
_GATHERING_SECONDS = 0.005


class DatabaseAway(Unavailable):
    """Nothing of the act may have been kept; sending it again is safe."""

    title = "The database is restarting"


class Overloaded(Unavailable):
    title = "Too much is waiting to be recorded"


class Culprits(Exception):
    """Some items of a batch cannot be committed, whatever else is in it: their index → their own error."""

    def __init__(self, faults: dict[int, Exception]) -> None:
        super().__init__(f"{len(faults)} cannot be committed")
        self.faults = faults


class GroupCommit(Generic[T, R]):
    """`commit` takes a batch in one transaction and answers its results in the same order.

    A batch holds at most `limit` units of `weight`, or one item that is heavier alone. At most `room` items wait.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        weight: Callable[[T], int],
        limit: int = 200,
        room: int = 20_000,
    ) -> None:
        self._commit, self._weight, self._limit, self._room = commit, weight, limit, room
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._flight: asyncio.Task[None] | None = None
        self._work: asyncio.Future[Sequence[R]] | None = None

    async def put(self, item: T) -> R:
        """Commit one item; raises what it raised, alone. `DatabaseAway` and `Overloaded` may be retried."""
        if len(self._waiting) >= self._room:
            raise Overloaded
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._flight is None or self._flight.done():
            # An empty context: the flight belongs to no caller and inherits no transaction.
            self._flight = asyncio.create_task(self._fly(), context=contextvars.Context())
        return await answer

    async def _fly(self) -> None:
        while batch := self._next():
            await self._settle(batch)
            if len(batch) >= _CROWD:
                await asyncio.sleep(_GATHERING_SECONDS)

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        weight = 0
        while self._waiting:
            item, answer = self._waiting[0]
            weight += self._weight(item)
            if batch and weight > self._limit:
                break
            self._waiting.popleft()
            if not answer.done():
                batch.append((item, answer))
        return batch

    async def _settle(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        """Answer every caller of the batch. What fails for its data is split until the bad one stands alone."""
        fault = await self._attempt(batch)
        if fault is None:
            return
        if isinstance(fault, Culprits):
            for index, own in fault.faults.items():
                _refuse(batch[index : index + 1], own)
            rest = [waiter for index, waiter in enumerate(batch) if index not in fault.faults]
            await self._settle(rest) if rest else None
        elif isinstance(fault, (*COLLISIONS, *LOSSES)):
            _refuse(batch, DatabaseAway())
        elif len(batch) == 1:
            _refuse(batch, fault)
        else:
            middle = len(batch) // 2
            await self._settle(batch[:middle])
            await self._settle(batch[middle:])

    async def _attempt(self, batch: list[tuple[T, asyncio.Future[R]]]) -> BaseException | None:
        """Commit and answer, or say why not, after the tries that collisions and lost connections deserve."""
        for pause in (*_PAUSES, None):
            work = self._work = asyncio.ensure_future(self._commit([item for item, _ in batch]))
            # Waited for, not awaited: whatever it raises belongs to the callers and must not end the flight.
            await asyncio.wait([work])
            fault = work.exception()
            if fault is None:
                for (_, answer), result in zip(batch, work.result(), strict=True):
                    if not answer.done():
                        answer.set_result(result)
                return None
            if pause is None or not isinstance(fault, (*COLLISIONS, *LOSSES)):
                return fault
            await asyncio.sleep(pause)
        return None


def _refuse(batch: list[tuple[T, asyncio.Future[R]]], fault: BaseException) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(fault)
