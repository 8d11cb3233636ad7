"""Reads of lessons. A learner sees the published ones whose channel's unit is on their unit's path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.features.lessons.schemas import Answer, Card, Draft, Lesson, LessonCard, Progress
from backend.kit import db
from backend.kit.problems import NotFound
from backend.people.access import granted
from backend.people.principal import Principal
from backend.projections.points.prices import price
from backend.traces.verbs import COMPLETED

OBJECT_TYPE = "lesson"

read_cards = msgspec.json.Decoder(list[Card]).decode
_read_answers = msgspec.json.Decoder(list[Answer]).decode


def write_cards(cards: Sequence[Card]) -> str:
    """Cards as the database keeps them."""
    return msgspec.json.encode(cards).decode()


class Version(msgspec.Struct, frozen=True):
    """A published version, as far as learning it needs."""

    lesson: UUID
    channel: UUID
    title: str
    cards: list[Card]


class Listed(msgspec.Struct, frozen=True):
    """A lesson in a person's list, and when they last came further in it."""

    card: LessonCard
    at: datetime | None


_SHOWN = """
from lesson l
join lesson_version v on v.lesson = l.id and v.version = {version}
join channel c on c.id = l.channel
left join lesson_progress p on p.lesson = l.id and p.employee = $1
where l.org = $2 and c.unit = any($3)
"""
_PROGRESS = "p.state, p.card, p.version reached, p.score, p.answers"
_LISTED = f"""
select l.id, v.version, v.title, v.summary, v.emoji, v.minutes, jsonb_array_length(v.cards) cards, c.id channel,
    c.name channel_name, {_PROGRESS}, p.at {_SHOWN.format(version="l.version")} and not l.archived
order by case p.state when 'started' then 0 when 'done' then 2 else 1 end,
    case p.state when 'started' then p.at end desc, case when p.state is null then c.name end,
    case p.state when 'done' then p.at end desc, v.published_at desc, l.id
"""
_LESSON = f"""
select l.id, v.version, v.title, v.summary, v.emoji, v.minutes, v.cards, c.name channel_name, {_PROGRESS}
{_SHOWN.format(version="l.version")} and l.id = $4 and not l.archived
"""
_VERSION = f"""
select l.id lesson, l.channel, v.title, v.cards {_SHOWN.format(version="$5")} and l.id = $4
"""
_DRAFT = """
select l.id, l.channel, c.name channel_name, l.revision, l.version, l.title, l.summary, l.emoji, l.minutes, l.cards,
    l.saved_at, l.archived, l.revision is distinct from l.published_revision changed,
    (select count(*) from lesson_progress p where p.lesson = l.id) learners,
    (select count(*) from lesson_progress p where p.lesson = l.id and p.state = 'done') completed
from lesson l join channel c on c.id = l.channel join unit u on u.id = c.unit
"""


async def listed(principal: Principal) -> list[Listed]:
    """The lessons for this person: begun ones (the last first), new ones by channel, done ones."""
    points = await price(COMPLETED, OBJECT_TYPE)
    return [Listed(_card(row, points), row["at"]) for row in await db.fetch(_LISTED, *_who(principal))]


async def lessons(principal: Principal) -> list[LessonCard]:
    """The same, as the wire has them."""
    return [each.card for each in await listed(principal)]


def _card(row: Any, points: int) -> LessonCard:  # noqa: ANN401 - an asyncpg record
    return LessonCard(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
        emoji=row["emoji"],
        minutes=row["minutes"],
        cards=row["cards"],
        points=points,
        channel=row["channel"],
        channel_name=row["channel_name"],
        progress=_progress(row, row["cards"]),
    )


async def lesson(principal: Principal, lesson: UUID) -> Lesson:
    """The newest version with all its cards."""
    row = await db.fetchrow(_LESSON, *_who(principal), lesson)
    if row is None:
        raise NotFound
    cards = read_cards(row["cards"])
    return Lesson(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        summary=row["summary"],
        emoji=row["emoji"],
        minutes=row["minutes"],
        points=await price(COMPLETED, OBJECT_TYPE),
        channel_name=row["channel_name"],
        cards=cards,
        progress=_progress(row, len(cards)),
    )


async def version(principal: Principal, lesson: UUID, number: int) -> Version:
    """A version that this person may learn, of archived lessons too: an offline phone may have begun it before."""
    row = await db.fetchrow(_VERSION, *_who(principal), lesson, number)
    if row is None:
        raise NotFound
    return Version(row["lesson"], row["channel"], row["title"], read_cards(row["cards"]))


async def progress(principal: Principal, lesson: UUID) -> Progress:
    """How far this person is in a lesson that they have begun."""
    (row,) = await db.fetch(
        f"select {_PROGRESS}, p.version, p.cards from lesson_progress p where employee = $1 and lesson = $2",  # noqa: S608
        principal.employee,
        lesson,
    )
    return _progress(row, row["cards"])


def _progress(row: Any, cards: int) -> Progress:  # noqa: ANN401 - an asyncpg record
    """The place may lie behind the end when a newer version is shorter."""
    if row["state"] is None:
        return Progress("new", 0, row["version"], None, [])
    answers = _read_answers(row["answers"])
    return Progress(row["state"], min(row["card"], cards), row["reached"], row["score"], answers)


def _who(principal: Principal) -> tuple[UUID, UUID, list[UUID]]:
    return principal.employee, principal.org, list(principal.unit_path)


async def drafts(principal: Principal) -> list[Draft]:
    """The lessons that this person may write, the last saved first."""
    rows = await db.fetch(
        f"{_DRAFT} where l.org = $1 and (c.publisher = $2 or u.path && $3::uuid[]) order by l.saved_at desc, l.id",
        *(principal.org, principal.employee, granted(principal, "publisher")),
    )
    return [_draft(row) for row in rows]


async def draft(lesson: UUID) -> Draft:
    """A lesson as its author sees it; whether they may is asked elsewhere."""
    (row,) = await db.fetch(f"{_DRAFT} where l.id = $1", lesson)
    return _draft(row)


def _draft(row: Any) -> Draft:  # noqa: ANN401 - an asyncpg record
    return Draft(**{**row, "cards": read_cards(row["cards"])})
