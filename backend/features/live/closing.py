"""Closing: from the raw record to everybody's credit. Idempotent: twice, from two workers, after a crash
or again because something was told late, it leaves what the rule says of the record, credited once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, to_builtins

from backend.features.live import evidence, life, media, rooms, rules, sessions
from backend.features.live.sessions import Session
from backend.kit import db, ids
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import POLICY_VERSION, Attendance, attend
from backend.record import record
from backend.traces import verbs
from backend.traces.statement import Object, Result, Statement


class Credited(Struct, frozen=True):
    """What stands for one person: the trace that says so and its figures."""

    trace: UUID
    attendance: Attendance


_STANDING = """
select person, trace, live_ms, replay_ms, credited_ms, on_air_ms, share from attended where session = $1
"""


async def close(session: UUID) -> None:
    """Credit everybody of an ended session, or correct what was credited."""
    found = await sessions.find(session)
    if found is None or found.state not in {"ended", "closed"}:
        return
    if found.state == "ended" and not await media.close_room(session) and found.recorded:
        await life.close_media_later(session)
    # Committed before the record is read: what is told from here on finds no job on its way and asks for one.
    await db.execute("update live_session set recount = false where id = $1", session)
    async with db.transaction():
        await _settle(await sessions.locked(session))


async def _settle(session: Session) -> None:
    due = await _due(session)
    standing = await _standing(session.id)
    changed = {person: credit for person, credit in due.items() if _figures(standing.get(person)) != credit}
    taught = rules.audience_minutes([credit.credited_ms for credit in due.values()])
    reteach = taught != session.taught_minutes
    if changed or reteach:
        revision = session.revision + 1
        outdated = [standing[person].trace for person in changed if person in standing]
        outdated += [session.taught] if reteach and session.taught else []
        await _void(session, outdated)
        await _credit(session, revision, changed)
        lesson = await _teach(session, revision, taught) if reteach else session.taught
        await db.execute(
            "update live_session set revision = $2, taught = $3, taught_minutes = $4 where id = $1",
            session.id, revision, lesson, taught,
        )  # fmt: skip
    await db.execute("update live_session set attendees = $2 where id = $1", session.id, len(due))
    if session.state == "ended":
        await life.closed(session)
    for person in {*changed, *([session.host] if reteach else [])}:
        rooms.hint_points(person)


async def _due(session: Session) -> dict[UUID, Attendance]:
    """What the rule says of the record; the host's own stay is not attendance."""
    everybody = {UUID(person): credit for person, credit in attend(await case_of(session.id)).items()}
    everybody.pop(session.host, None)
    return everybody


async def _standing(session: UUID) -> dict[UUID, Credited]:
    rows = await db.fetch(_STANDING, session)
    return {row["person"]: _credited(**row) for row in rows}


def _credited(trace: UUID, person: UUID, **figures: int) -> Credited:
    return Credited(trace, Attendance(**figures))


def _figures(credited: Credited | None) -> Attendance | None:
    return credited.attendance if credited else None


async def _void(session: Session, traces: list[UUID]) -> None:
    """Take back what was said; the projections reverse what it credited."""
    await record(*(
        Statement(
            id=ids.derived(trace, verbs.VOIDED),
            org=session.org,
            actor=None,
            verb=verbs.VOIDED,
            object=Object(id=trace, type="trace", name=session.title),
            timestamp=_ended(session),
            day=_ended(session).date(),
            source="relay",
        )
        for trace in traces
    ))  # fmt: skip


async def _credit(session: Session, revision: int, due: dict[UUID, Attendance]) -> None:
    days = await evidence.days(list(due), _ended(session))
    await record(*(
        _statement(session, verbs.ATTENDED, revision, (person, day), {**figures(due[person]), "revision": revision})
        for person, day in days.items()
    ))  # fmt: skip


async def _teach(session: Session, revision: int, minutes: int) -> UUID:
    days = await evidence.days([session.host], _ended(session))
    taught = _statement(session, verbs.TAUGHT, revision, (session.host, days[session.host]), {"minutes": minutes})
    await record(taught)
    return taught.id


def _statement(session: Session, verb: str, revision: int, actor: tuple[UUID, date], told: dict[str, Any]) -> Statement:
    id_ = ids.derived(session.id, verb, str(actor[0]), str(revision))
    result = Result(extensions={**told, "policy": POLICY_VERSION})
    return evidence.about(session, verb, id_, _ended(session), "relay", actor, result)


def figures(credit: Attendance) -> dict[str, int]:
    """The figures by their names in the rule: liveMs, replayMs, creditedMs, onAirMs, share."""
    told: dict[str, int] = to_builtins(credit)
    return told


def _ended(session: Session) -> datetime:
    """Closing speaks of the instant of the end, whenever it runs."""
    if session.ended_at is None:
        raise RuntimeError("closing a session that has not ended")
    return session.ended_at
