"""A recording becomes a file and a lesson. Every step may be done again: `kill -9` anywhere ends in one lesson."""

from uuid import UUID

from backend.features.channels.service import channel_of_host
from backend.features.files import service as files
from backend.features.files.schemas import File
from backend.features.files.storage import Storage
from backend.features.lessons import making
from backend.features.lessons.making import Made
from backend.features.lessons.schemas import VideoCard
from backend.features.live import recordings, sessions
from backend.features.live.media import HOST_SEAT
from backend.features.live.messages import Document, Recorded
from backend.features.live.sessions import Session
from backend.features.replays import fetching
from backend.kit import db, ids

_EMOJI = "🎬"
_MINUTE_MS = 60_000
_SUMMARY = 240


async def keep(session: UUID, seat: str, storage: Storage) -> None:
    """Bring a recording home, make it a lesson, and let the relay forget it."""
    told, found = await recordings.waiting(session, seat), await sessions.find(session)
    if told is not None and found is not None:
        kept = {"video": await _kept(found, told, told.video, storage)}
        for name, document in (("poster", told.poster), ("thumbnails", told.thumbnails)):
            if document is not None:
                kept[name] = await _kept(found, told, document, storage)
        async with db.transaction():
            lesson = await _lesson(found, told, kept["video"]) if seat == HOST_SEAT else None
            await recordings.kept(found, seat, kept, lesson)
    await fetching.forget(session, seat)


async def _kept(session: Session, told: Recorded, document: Document, storage: Storage) -> UUID:
    """The id of a document's file, which is the same at every try."""
    id_ = ids.derived(session.id, "recording", document.name)
    if not await files.known(id_):
        part = storage.part(id_)
        digest = await fetching.fetch(told, document, part)
        if document is told.video:
            file = File(id_, f"/api/files/{id_}", f"{session.title}.mp4", "video", "video/mp4", document.bytes)
        else:
            file = File(id_, f"/api/files/{id_}", f"{session.title}.jpg", "image", "image/jpeg", document.bytes)
        await files.adopt(session.org, session.host, file, digest, part, storage)
    return id_


async def _lesson(session: Session, told: Recorded, video: UUID) -> UUID:
    lesson = ids.derived(session.id, "lesson")
    card = VideoCard(
        ids.derived(lesson, "video"), file=video, url=f"/api/files/{video}", session=session.id
    )
    made = Made(
        id=lesson,
        org=session.org,
        channel=await channel_of_host(session.org, session.unit, session.host, _EMOJI),
        author=session.host,
        title=session.title,
        summary=" ".join(session.summary.split())[:_SUMMARY],
        emoji=_EMOJI,
        minutes=max(round(told.duration_ms / _MINUTE_MS), 1),
        cards=[card],
    )
    await making.make(made)
    return lesson
