"""Watch a recording: what was seen of it fills the gaps of one's attendance."""

from datetime import timedelta
from uuid import UUID

from backend.features.live import evidence, life, queries, recordings, sessions
from backend.features.live.recordings import Recording
from backend.features.live.sessions import Session
from backend.features.replays import rules
from backend.features.replays.rules import Allowance
from backend.features.replays.schemas import Chapter, Missed, Replay, ThumbnailSheet, Watched
from backend.kit import clock, db
from backend.kit.problems import Conflict, NotFound, Problem
from backend.people.principal import Principal
from backend.projections.attendance.explain import explain
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import Record, attend
from backend.projections.attendance.service import milliseconds
from backend.record import record
from backend.traces import verbs
from backend.traces.service import found as traces_of
from backend.traces.statement import Result

CREDIT_LATER = timedelta(minutes=5)
"""While somebody watches on, their attendance is reckoned so often."""


class OutsideTheRecording(Problem):
    status = 422
    title = "The recording has no such part"


class WatchedFasterThanTime(Conflict):
    title = "More was watched than time has passed"


async def replay(principal: Principal, session: UUID) -> Replay:
    """Everything a player needs. NotFound as long as there is no recording to watch."""
    found, recording = await _recording(principal, session)
    me, hosting = str(principal.employee), found.host == principal.employee
    case = await case_of(session, principal.employee)
    case.people.setdefault(me, Record())
    credit, gaps = attend(case)[me], [] if hosting else explain(case, me).gaps
    marks = rules.chapters(
        [(moment.at, moment.text) for moment in await recordings.moments(session)],
        recording.started_at,
        recording.duration_ms,
    )
    return Replay(
        session=session,
        title=found.title,
        host=await queries.person(found.host),
        hosting=hosting,
        started_at=recording.started_at,
        duration_ms=recording.duration_ms,
        complete=recording.whole,
        video=_url(recording.video),
        poster=_url(recording.poster) if recording.poster else None,
        thumbnails=_sheet(recording),
        chapters=[Chapter(mark.at_ms, mark.title) for mark in marks],
        missed=_missed(recording, [(gap.start, gap.end) for gap in gaps]),
        on_air_ms=credit.on_air_ms,
        credited_ms=credit.credited_ms,
    )


async def watched(principal: Principal, session: UUID, act: Watched) -> None:
    """Record what was watched. The same again changes nothing.

    Raises OutsideTheRecording, WatchedFasterThanTime.
    """
    found, recording = await _recording(principal, session)
    if not rules.inside(act.from_ms, act.to_ms, recording.duration_ms):
        raise OutsideTheRecording(durationMs=recording.duration_ms)
    start = milliseconds(recording.started_at)
    since, until = rules.extent(act.from_ms, act.to_ms, recording.duration_ms)
    told = Result(extensions={"from": start + since, "to": start + until})
    at = clock.claimed(act.occurred_at)
    async with db.transaction():
        await _spend(principal.employee, act)
        await record(evidence.by(principal, found, verbs.REPLAYED, act.id, at, "app", told))
    await (life.settle(session) if act.stopped else life.recount(session, CREDIT_LATER))


async def _spend(person: UUID, act: Watched) -> None:
    """Take the report out of the person's allowance, once."""
    await db.execute("select pg_advisory_xact_lock(hashtextextended($1::text, 7))", str(person))
    if await traces_of([act.id]):
        return
    row = await db.fetchrow("select at, ms from replay_allowance where person = $1", person)
    left = rules.spent(Allowance(**row) if row else None, clock.now(), act.to_ms - act.from_ms)
    if left is None:
        raise WatchedFasterThanTime
    await db.execute(
        """insert into replay_allowance (person, at, ms) values ($1, $2, $3)
           on conflict (person) do update set at = excluded.at, ms = excluded.ms""",
        *(person, left.at, left.ms),
    )


async def _recording(principal: Principal, session: UUID) -> tuple[Session, Recording]:
    found = await sessions.entered(principal, session)
    recording = await recordings.of(session)
    if recording is None:
        raise NotFound
    return found, recording


def _missed(recording: Recording, gaps: list[tuple[int, int]]) -> list[Missed]:
    """Gaps of attendance as positions, as far as they were recorded."""
    start, end = milliseconds(recording.started_at), recording.duration_ms
    spans = [(max(since - start, 0), min(until - start, end)) for since, until in gaps]
    return [Missed(since, until) for since, until in spans if since < until]


def _sheet(recording: Recording) -> ThumbnailSheet | None:
    told = recording.told.thumbnails
    if told is None or recording.thumbnails is None:
        return None
    return ThumbnailSheet(_url(recording.thumbnails), told.count, told.columns, told.every_ms)


def _url(file: UUID) -> str:
    return f"/api/files/{file}"
