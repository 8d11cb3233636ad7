"""What the worker does for live sessions: it closes them, ends the media of who was sent out, and looks after each
open room every half minute."""

from datetime import datetime

from backend.features.live import (
    closing,
    evidence,
    life,
    media,
    queries,
    removals,
    rooms,
    rules,
    sessions,
    stage,
    standings,
)
from backend.features.live.schemas import Prompt
from backend.features.live.sessions import Session
from backend.kit import clock, db, ids, jobs
from backend.record import record
from backend.traces import verbs


@jobs.job(life.CLOSE)
async def close_live_session(closing_of: life.Closing) -> None:
    """Credit everybody of an ended session."""
    await closing.close(closing_of.session)


@jobs.job(life.CLOSE_MEDIA)
async def close_media(closing_of: life.Closing) -> None:
    """Close the room at a relay that was away; while it is, the job is tried again."""
    if not await media.close_room(closing_of.session):
        raise media.RelayAway


@jobs.job(removals.END_MEDIA)
async def end_media(removal: removals.Removal) -> None:
    """Let the relay keep somebody out; while it is away, the job is tried again."""
    await media.remove(removal.session, removal.person)


@jobs.job(stage.UNSEAT)
async def unseat(unseating: stage.Unseating) -> None:
    """Let the relay end what somebody publishes who has no seat (again); while it is away, the job is tried again."""
    if await standings.state(unseating.session, unseating.person) != "on":
        await media.unseat(unseating.session, unseating.person)


@jobs.every("* * * * * */30")
async def look_after_rooms() -> None:
    """Ask who is still watching, end what its host has left, and close what a lost job has not."""
    for session in await queries.unfinished():
        if session.state == "ended":
            await _close_late(session)
            continue
        async with db.transaction():
            current = await sessions.locked(session.id)
            if current.state == "live":
                await _look_after(current)
            elif current.state == "scheduled" and clock.now() - current.starts_at >= rules.NEVER_STARTED:
                await life.call_off(current)


async def _close_late(session: Session) -> None:
    if session.ended_at and clock.now() - session.ended_at >= rules.CLOSING_LATE:
        await closing.close(session.id)


async def _look_after(session: Session) -> None:
    now = life.present()
    await stage.look_after(session, now)
    if session.started_at and not session.on_air and rules.abandoned(
        session.started_at, session.off_air_at, session.paused_at, now
    ):  # fmt: skip
        await life.finish(session, None)
    elif session.on_air and session.pause is None:
        await _prompt(session, now)


async def _prompt(session: Session, now: datetime) -> None:
    shown = await queries.prompts_shown(session.id)
    if rules.prompt_due(await queries.on_air_ms(session, now), shown):
        await ask_who_watches(session, shown, now)


async def ask_who_watches(session: Session, number: int, now: datetime) -> None:
    """ "Still watching?", the `number`th time and for the whole room at once."""
    prompt = ids.derived(session.id, "prompt", str(number))
    await record(evidence.about(session, verbs.PROMPTED, prompt, now, "host", None))
    await rooms.tell(session.id, "prompt", Prompt(id=prompt, seconds=rules.PROMPT_SECONDS), now)
