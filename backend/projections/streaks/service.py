"""Streaks follow from check-ins: one row per employee and day checked in, with the streak up to that day."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from backend.kit import db
from backend.projections.streaks.notices import StreakGrown
from backend.projections.streaks.rules import FREEZES, Standing, check_in, milestone, recount
from backend.traces.projection import Projection, Told
from backend.traces.statement import Trace
from backend.traces.verbs import CHECKED_IN, VOIDED

_LATEST = f"""
select last.* from {db.unnest("uuid")} as asked (employee), lateral (
    select employee, day, trace, streak, longest, used from streak
    where streak.employee = asked.employee order by day desc limit 1
) as last
"""
_ALL = "select employee, day, trace, streak, longest, used from streak where employee = any($1)"
_OF_TRACES = """
select streak.* from trace join streak on streak.employee = trace.actor and streak.day = trace.day
    and streak.trace = trace.id
where trace.id = any($1)
"""
_DAYS_OFF = "select org, day, declared, withdrawn from day_off where org = any($1)"
_COLUMNS = ("employee", "day", "trace", "streak", "longest", "used")
_CHANGE = f"""
update streak set trace = new.trace, streak = new.streak, longest = new.longest, used = new.used
from {db.unnest("uuid date uuid int int int")}
    as new (employee, day, trace, streak, longest, used)
where streak.employee = new.employee and streak.day = new.day
"""
_REMOVE = f"""
delete from streak using {db.unnest("uuid date")} as gone (employee, day)
where streak.employee = gone.employee and streak.day = gone.day
"""

_Key = tuple[UUID, date]


class DayOff(NamedTuple):
    """A day that counted as off for what was stored from `declared` until `withdrawn`."""

    org: UUID
    day: date
    declared: datetime
    withdrawn: datetime | None

    def known(self, org: UUID, stored: datetime) -> bool:
        return self.org == org and self.declared <= stored and (self.withdrawn is None or stored < self.withdrawn)


class _Histories:
    """The days of the batch's employees: the last one, or all of them where an older one may change."""

    def __init__(self, rows: Iterable[db.Row], days_off: Sequence[DayOff]) -> None:
        self.days: dict[UUID, dict[date, Standing]] = {}
        self.trace: dict[_Key, UUID] = {}
        self.changed: dict[_Key, Standing | None] = {}
        self._days_off = days_off
        for row in rows:
            self.days.setdefault(row["employee"], {})[row["day"]] = _standing(row)
            self.trace[row["employee"], row["day"]] = row["trace"]
        self.known = frozenset(self.trace)

    def add(self, employee: UUID, trace: Trace) -> Standing | None:
        """Count the day; None when it counted before."""
        day, days = trace.statement.day, self.days.setdefault(employee, {})
        if day in days:
            return None
        last, off = max(days, default=None), self._off(trace)
        self.trace[employee, day] = trace.statement.id
        if last is None or last < day:
            days[day] = self.changed[employee, day] = check_in(days[last] if last else None, day, off)
        else:
            days[day] = Standing(day, 0, 0, 0)
            self._recount(employee, day, off)
        return days[day]

    def remove(self, trace: Trace) -> None:
        """Take out the day that a voided trace had counted."""
        for (employee, day), counted in list(self.trace.items()):
            if counted == trace.statement.object.id:
                del self.trace[employee, day], self.days[employee][day]
                self.changed[employee, day] = None
                self._recount(employee, day, self._off(trace))

    def _recount(self, employee: UUID, since: date, off: frozenset[date]) -> None:
        for day, standing in recount(self.days[employee], since, off).items():
            self.days[employee][day] = self.changed[employee, day] = standing

    def _off(self, trace: Trace) -> frozenset[date]:
        return frozenset(each.day for each in self._days_off if each.known(trace.statement.org, trace.stored))


async def project(traces: Sequence[Trace]) -> Told:
    """Grow streaks; a day that comes late, or is voided, counts the later ones anew."""
    relevant = [trace for trace in traces if _checks_in(trace) or trace.statement.verb == VOIDED]
    if not relevant:
        return []
    histories = _Histories(await _read(relevant), await days_off({trace.statement.org for trace in relevant}))
    told: Told = []
    for trace in relevant:
        if trace.statement.verb == VOIDED:
            histories.remove(trace)
        elif (employee := trace.statement.actor) and (standing := histories.add(employee, trace)):
            told.append((trace.statement.id, _grown(employee, standing)))
    await _write(histories)
    return told


async def recall(traces: Sequence[Trace]) -> Told:
    """The days that these traces counted, as they stand now."""
    rows = await db.fetch(_OF_TRACES, [trace.statement.id for trace in traces])
    return [(row["trace"], _grown(row["employee"], _standing(row))) for row in rows]


async def days_off(orgs: Iterable[UUID]) -> list[DayOff]:
    """All days off of these orgs, withdrawn ones too."""
    return [DayOff(**row) for row in await db.fetch(_DAYS_OFF, list(orgs))]


def _checks_in(trace: Trace) -> bool:
    return trace.statement.verb == CHECKED_IN and trace.statement.actor is not None


def _standing(row: db.Row) -> Standing:
    return Standing(day=row["day"], streak=row["streak"], longest=row["longest"], used=row["used"])


def _grown(employee: UUID, standing: Standing) -> StreakGrown:
    freezes, reached = FREEZES - standing.used, milestone(standing.streak)
    return StreakGrown(employee, standing.day, standing.streak, standing.longest, freezes, reached)


async def _read(traces: Sequence[Trace]) -> list[db.Row]:
    """The last row of everybody, and all rows of those whose days come out of order or are voided."""
    latest = await _latest({trace.statement.actor for trace in traces if _checks_in(trace)})
    newest = {row["employee"]: row["day"] for row in latest}
    whole: set[UUID] = set()
    for trace in traces:
        if _checks_in(trace) and (employee := trace.statement.actor):
            if trace.statement.day < newest.setdefault(employee, trace.statement.day):
                whole.add(employee)
            newest[employee] = max(newest[employee], trace.statement.day)
    whole |= await _owners([trace.statement.object.id for trace in traces if trace.statement.verb == VOIDED])
    if not whole:
        return latest
    return [*(row for row in latest if row["employee"] not in whole), *await db.fetch(_ALL, list(whole))]


async def _latest(people: Set[UUID | None]) -> list[db.Row]:
    return await db.fetch(_LATEST, *db.arrays((person,) for person in people)) if people else []


async def _owners(voided: Sequence[UUID]) -> set[UUID]:
    if not voided:
        return set()
    rows = await db.fetch("select actor from trace where id = any($1) and verb = $2", voided, CHECKED_IN)
    return {row["actor"] for row in rows if row["actor"]}


async def _write(histories: _Histories) -> None:
    rows = {key: _row(histories, key, standing) for key, standing in histories.changed.items() if standing}
    gone = [key for key, standing in histories.changed.items() if standing is None and key in histories.known]
    if gone:
        await db.execute(_REMOVE, *db.arrays(gone))
    await db.copy("streak", _COLUMNS, [row for key, row in rows.items() if key not in histories.known])
    if known := [row for key, row in rows.items() if key in histories.known]:
        await db.execute(_CHANGE, *db.arrays(known))


def _row(histories: _Histories, key: _Key, standing: Standing) -> tuple[object, ...]:
    return *key, histories.trace[key], standing.streak, standing.longest, standing.used


PROJECTION = Projection("streaks", ("streak",), project, recall)
