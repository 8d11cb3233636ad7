"""The raw record of a live session as the rule reads it, for crediting, for reports and for auditors."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import clock, db
from backend.projections.attendance.intervals import Interval
from backend.projections.attendance.rules import Case, Policy, Prompt, Record, Stay, Window
from backend.projections.attendance.service import milliseconds

# Guests on stage do not put a session on air, its host and the planned slate do.
_SEATS = ["host", "screen", "slate"]

# Everybody's, or with $2 one person's.
_STAYS = "select * from stay where session = $1 and ($2::uuid is null or person = $2) order by joined, id"
_ACTS = "select person, at from act where session = $1 and ($2::uuid is null or person = $2) order by at, trace"
_REPLAYS = "select * from replay where session = $1 and ($2::uuid is null or person = $2) order by since, trace"
_ANSWERS = "select prompt, person, at from prompt_answer where session = $1 and ($2::uuid is null or person = $2)"


async def case_of(session: UUID, person: UUID | None = None) -> Case:
    """The raw record, of everybody or of one person; while the session is open it is taken to close now."""
    now = clock.now()
    window = await db.fetchrow("select opened, closed from session_window where session = $1", session)
    opened = (window and window["opened"]) or now
    closed = (window and window["closed"]) or now
    on_air = await db.fetch(
        "select since, coalesce(until, $3) as until from on_air where session = $1 and seat = any($2)"
        " and since is not null order by since, publication",
        *(session, _SEATS, closed),
    )
    faults = await db.fetch("select since, until from fault where session = $1 order by since, trace", session)
    return Case(
        session=Window(milliseconds(opened), milliseconds(closed), [_span(row) for row in on_air]),
        faults=[_span(row) for row in faults],
        policy=Policy(),
        people=await _people(session, person),
    )


def _span(row: Any) -> Interval:  # noqa: ANN401 - an asyncpg record
    return milliseconds(row["since"]), milliseconds(row["until"])


async def _people(session: UUID, person: UUID | None) -> dict[str, Record]:
    """Everybody with a stay or a replay, by id; the same rows give the same record in the same order."""
    stays, acts = defaultdict[UUID, list[Stay]](list), defaultdict[UUID, list[int]](list)
    replays = defaultdict[UUID, list[Interval]](list)
    for row in await db.fetch(_STAYS, session, person):
        stays[row["person"]].append(
            Stay(row["device"], milliseconds(row["joined"]), _maybe(row["left"]), milliseconds(row["last_beat"]))
        )
    for row in await db.fetch(_ACTS, session, person):
        acts[row["person"]].append(milliseconds(row["at"]))
    for row in await db.fetch(_REPLAYS, session, person):
        replays[row["person"]].append(_span(row))
    prompts = await db.fetch("select id, shown from prompt where session = $1 order by shown, id", session)
    answers = {
        (row["prompt"], row["person"]): milliseconds(row["at"]) for row in await db.fetch(_ANSWERS, session, person)
    }
    shown = [(row["id"], milliseconds(row["shown"])) for row in prompts]
    return {
        str(person): Record(
            stays=stays[person],
            prompts=[
                Prompt(at, answers.get((id_, person)))
                for id_, at in shown
                if (id_, person) in answers or _there(stays[person], at)
            ],
            acts=acts[person],
            replay=replays[person],
        )
        for person in sorted({*stays, *replays})
    }


def _there(stays: list[Stay], instant: int) -> bool:
    """A prompt is shown to whoever is connected; who was away cannot fail it."""
    return any(stay.joined <= instant < (stay.last_beat if stay.left is None else stay.left) for stay in stays)


def _maybe(instant: datetime | None) -> int | None:
    return None if instant is None else milliseconds(instant)
