"""A recording becomes a file and a lesson. Every step may be done again: `kill -9` anywhere ends in one lesson."""

from datetime import timedelta
from uuid import UUID

from msgspec import UNSET

from backend.features.channels.service import channel_of_host
from backend.features.files import service as files
from backend.features.files.schemas import File
from backend.features.files.storage import Storage
from backend.features.lessons import making
from backend.features.lessons.making import Made
from backend.features.lessons.schemas import VideoCard
from backend.features.live import recordings, sessions
from backend.features.live.media import HOST_SEAT
from backend.features.live.messages import Document, instant
from backend.features.live.recordings import Announced, Keeping
from backend.features.live.sessions import Session
from backend.features.replays import fetching
from backend.kit import db, ids

_EMOJI = "🎬"
_MINUTE_MS = 60_000
_SUMMARY, _TITLE = 240, 60


async def keep(wanted: Keeping, storage: Storage) -> None:
    """Bring a recording home, make it a lesson, and let the relay forget it."""
    one, found = await recordings.announced(wanted), await sessions.find(wanted.session)
    if one is None or found is None:
        return
    if not one.kept:
        told = one.told
        kept = {"video": await _kept(found, one, told.video, storage)}
        for name, document in (("poster", told.poster), ("thumbnails", told.thumbnails)):
            if document is not None:
                kept[name] = await _kept(found, one, document, storage)
        async with db.transaction():
            lesson = await _lesson(found, one, kept["video"]) if told.seat == HOST_SEAT else None
            await recordings.kept(found, wanted, kept, lesson)
    await fetching.forget(one.told)


def _again(one: Announced) -> tuple[str, ...]:
    """What the ids of a later part are derived from besides."""
    return (str(one.part),) if one.part > 1 else ()


def _titled(session: Session, one: Announced) -> str:
    """A later part says which of the share it is, as relays may tell of them in any order."""
    if one.part == 1:
        return session.title
    begun = round((instant(one.told.started_at) - (session.started_at or session.starts_at)).total_seconds())
    ended = begun + round(one.told.duration_ms / 1000)
    return f"{session.title[:_TITLE]} · {timedelta(seconds=max(begun, 0))}–{timedelta(seconds=max(ended, 0))}"


async def _kept(session: Session, one: Announced, document: Document, storage: Storage) -> UUID:
    """The id of a document's file, which is the same at every try."""
    id_ = ids.derived(session.id, "recording", document.name, *_again(one))
    if not await files.known(id_):
        part, title = storage.part(id_), _titled(session, one)
        digest = await fetching.fetch(one.told, document, part)
        if document is one.told.video:
            file = File(id_, f"/api/files/{id_}", f"{title}.mp4", "video", "video/mp4", document.bytes)
        else:
            file = File(id_, f"/api/files/{id_}", f"{title}.jpg", "image", "image/jpeg", document.bytes)
        await files.adopt(session.org, session.host, file, digest, part, storage)
    return id_


async def _lesson(session: Session, one: Announced, video: UUID) -> UUID:
    """A later part is a lesson of its own, and no replay: that is the first."""
    lesson = ids.derived(session.id, "lesson", *_again(one))
    replay = session.id if one.part == 1 else UNSET
    card = VideoCard(ids.derived(lesson, "video"), file=video, url=f"/api/files/{video}", session=replay)
    made = Made(
        id=lesson,
        org=session.org,
        channel=await channel_of_host(session.org, session.unit, session.host, _EMOJI),
        author=session.host,
        title=_titled(session, one),
        summary=" ".join(session.summary.split())[:_SUMMARY],
        emoji=_EMOJI,
        minutes=max(round(one.told.duration_ms / _MINUTE_MS), 1),
        cards=[card],
    )
    await making.make(made)
    return lesson
