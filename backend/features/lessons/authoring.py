"""Write lessons: drafts that two people cannot overwrite, and versions that never change."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.features.channels.service import require_publisher
from backend.features.files.queries import kinds
from backend.features.lessons import queries
from backend.features.lessons.markdown import html
from backend.features.lessons.rules import faults, files_of
from backend.features.lessons.schemas import (
    Card,
    Draft,
    ImageCard,
    NewLesson,
    PublishLesson,
    SaveDraft,
    TextCard,
    VideoCard,
)
from backend.kit import clock, db
from backend.kit.problems import Conflict, NotFound, Problem
from backend.people.principal import Principal
from backend.record import TraceConflict

_EMOJI = "📘"


class DraftChanged(Conflict):
    """Has the member `revision`: the one that stands now."""

    title = "Somebody else has saved this draft in between"


class LessonIncomplete(Problem):
    """Has the member `faults`: `[{card, why}]`."""

    status = 422
    title = "The lesson cannot be published yet"


async def new_lesson(principal: Principal, act: NewLesson) -> Draft:
    """Begin a lesson in a channel; begun again with the same id, it stays what it has become."""
    await require_publisher(principal, act.channel)
    await db.execute(
        "insert into lesson (id, org, channel, author, revision, title, summary, emoji, minutes, cards, saved_at,"
        " archived) values ($1, $2, $3, $4, 0, $5, '', $6, 3, '[]', $7, false) on conflict (id) do nothing",
        *(act.id, principal.org, act.channel, principal.employee, act.title, _EMOJI, clock.now()),
    )
    (row,) = await db.fetch("select org, channel, author from lesson where id = $1", act.id)
    if tuple(row) != (principal.org, act.channel, principal.employee):
        raise TraceConflict(id=str(act.id))
    return await queries.draft(act.id)


async def draft(principal: Principal, lesson: UUID) -> Draft:
    """A lesson to go on writing."""
    await _require_author(principal, lesson)
    return await queries.draft(lesson)


async def save(principal: Principal, lesson: UUID, act: SaveDraft) -> Draft:
    """Replace the draft. Raises DraftChanged unless `revision` is the newest; the same save again is harmless."""
    await _require_author(principal, lesson)
    cards = rendered(act.cards)
    changed = await db.fetchval(
        "update lesson set revision = revision + 1, title = $3, summary = $4, emoji = $5, minutes = $6, cards = $7,"
        " saved_at = $8 where id = $1 and revision = $2 returning id",
        *(lesson, act.revision, act.title, act.summary, act.emoji or _EMOJI, act.minutes),
        *(queries.write_cards(cards), clock.now()),
    )
    now = await queries.draft(lesson)
    if changed is None and not _is_saved(now, act, cards):
        raise DraftChanged(revision=now.revision)
    return now


def _is_saved(draft: Draft, act: SaveDraft, cards: list[Card]) -> bool:
    return (draft.revision, draft.title, draft.summary, draft.emoji, draft.minutes, draft.cards) == (
        *(act.revision + 1, act.title, act.summary, act.emoji or _EMOJI, act.minutes, cards),
    )


async def publish(principal: Principal, lesson: UUID, act: PublishLesson) -> Draft:
    """Make the draft the next version. Published already, nothing happens.

    Raises DraftChanged when it is not the draft that was looked at, LessonIncomplete with all faults.
    """
    await _require_author(principal, lesson)
    async with db.transaction():
        await _publish(principal, lesson, act)
    return await queries.draft(lesson)


async def _publish(principal: Principal, lesson: UUID, act: PublishLesson) -> None:
    (row,) = await db.fetch("select * from lesson where id = $1 for update", lesson)
    before = await db.fetchrow("select lesson, revision from lesson_version where publication = $1", act.id)
    if before is not None and tuple(before) != (lesson, act.revision):
        raise TraceConflict(id=str(act.id))
    if before is not None or row["published_revision"] == act.revision:
        return
    if row["revision"] != act.revision:
        raise DraftChanged(revision=row["revision"])
    cards = queries.read_cards(row["cards"])
    if found := faults(cards, await kinds(principal.org, files_of(cards))):
        raise LessonIncomplete(faults=found)
    await db.execute(VERSION, lesson, act.id, clock.now(), principal.employee)


# $1 the lesson, $2 the act's id, $3 the instant, $4 who publishes.
VERSION = """
with published as (
    update lesson set version = coalesce(version, 0) + 1, published_revision = revision where id = $1
    returning *
)
insert into lesson_version
    (publication, lesson, version, revision, title, summary, emoji, minutes, cards, published_at, publisher)
select $2, id, version, revision, title, summary, emoji, minutes, cards, $3, $4 from published
"""


async def archive(principal: Principal, lesson: UUID, *, archived: bool) -> Draft:
    """Take a lesson out of the learners' lists, or put it back. What was learnt stays."""
    await _require_author(principal, lesson)
    await db.execute("update lesson set archived = $2 where id = $1", lesson, archived)
    return await queries.draft(lesson)


async def _require_author(principal: Principal, lesson: UUID) -> None:
    channel = await db.fetchval("select channel from lesson where id = $1 and org = $2", lesson, principal.org)
    if channel is None:
        raise NotFound
    await require_publisher(principal, channel)


def rendered(cards: Sequence[Card]) -> list[Card]:
    """The cards with what only the server fills in: HTML of Markdown, addresses of files."""
    return [_rendered(card) for card in cards]


def _rendered(card: Card) -> Card:
    match card:
        case TextCard():
            return msgspec.structs.replace(card, html=html(card.markdown))
        case ImageCard() | VideoCard():
            return msgspec.structs.replace(card, url=f"/api/files/{card.file}" if card.file else "")
    return card
