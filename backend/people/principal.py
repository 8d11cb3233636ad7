"""Who asks: the employee behind a request, kept in memory until something about them changes."""

import asyncio
import logging
from uuid import UUID

import asyncpg
from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from backend.kit import clock, db
from backend.people.schemas import Language, Role

_log = logging.getLogger("wake.principal")


class Grant(Struct, frozen=True):
    """A role over a unit and all below it."""

    role: Role
    unit: UUID


class Principal(Struct, frozen=True):
    """An employee who has not left. `unit_path` goes from the top to their own unit: an audience
    that is a unit contains them iff that unit is in it. `zone` is an IANA name."""

    employee: UUID
    org: UUID
    name: str
    number: str
    unit: UUID
    unit_path: tuple[UUID, ...]
    zone: str
    language: Language
    grants: tuple[Grant, ...]


class Login(Struct, frozen=True, array_like=True):
    """What the cookie says. It ends when the employee's epoch goes beyond `epoch`."""

    employee: UUID
    org: UUID
    epoch: int
    issued: int


WakeRequest = Request[Principal, Login, State]

_LOAD = """
select e.id, e.org, e.name, e.number, e.unit, u.path, e.zone, e.language, e.epoch,
       array_agg(g.role order by g.role, g.unit) filter (where g.id is not null) as roles,
       array_agg(g.unit order by g.role, g.unit) filter (where g.id is not null) as units
from employee e join unit u on u.id = e.unit left join role_grant g on g.employee = e.id
where e.id = $1 and e.status <> 'left'
group by e.id, u.id
"""

_FRESH_MS = 30_000
_KEPT = 20_000
_RETRY_SECONDS = 1.0


class Directory:
    """Principals by employee, at most 30 s old, and at once gone when the database tells of a change.

    A process that cannot hear the database keeps nothing, so a revoked login is never honoured
    from memory.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[int, int, Principal | None]] = {}
        self._hearing = False
        self._changes = 0

    async def find(self, login: Login) -> Principal | None:
        """The principal of a login, or None when it was ended or the employee left."""
        kept = self._kept.get(login.employee)
        if kept is None or kept[0] < clock.milliseconds() or kept[1] < login.epoch:
            kept = await self._load(login.employee)
        _, epoch, principal = kept
        return principal if login.epoch == epoch and principal and principal.org == login.org else None

    async def _load(self, employee: UUID) -> tuple[int, int, Principal | None]:
        changes = self._changes
        row = await db.fetchrow(_LOAD, employee)
        kept = (clock.milliseconds() + _FRESH_MS, row["epoch"] if row else -1, _principal(row) if row else None)
        if self._hearing and changes == self._changes:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[employee] = kept
        return kept

    async def listen(self, dsn: str) -> None:
        """Hear of changes for ever, reconnecting whenever PostgreSQL comes back."""
        while True:
            try:
                await self._listen(dsn)
            except (asyncpg.PostgresError, *db.GONE, TimeoutError) as fault:
                _log.warning("not hearing of changed people: %r", fault)
            self._deafen()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self, dsn: str) -> None:
        gone = asyncio.Event()
        connection = await asyncpg.connect(dsn, timeout=5)
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener("people", self._told)
            self._hearing = True
            await gone.wait()
        finally:
            self._deafen()
            connection.terminate()

    def _deafen(self) -> None:
        self._hearing = False
        self.forget(None)

    def _told(self, _connection: object, _pid: int, _channel: str, employee: object) -> None:
        self.forget(None if employee == "*" else UUID(str(employee)))

    def forget(self, employee: UUID | None) -> None:
        """Read this employee, or everybody, from the database again."""
        self._changes += 1
        if employee is None:
            self._kept.clear()
        else:
            self._kept.pop(employee, None)


def _principal(row: db.Row) -> Principal:
    return Principal(
        employee=row["id"],
        org=row["org"],
        name=row["name"],
        number=row["number"],
        unit=row["unit"],
        unit_path=tuple(row["path"]),
        zone=row["zone"],
        language=row["language"],
        grants=tuple(map(Grant, row["roles"] or (), row["units"] or ())),
    )


directory = Directory()
