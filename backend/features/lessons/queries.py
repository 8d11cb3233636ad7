"""Reads of lessons. A learner sees the published ones whose channel's unit is on their unit's path."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from backend.features.lessons.schemas import Card, Draft, Lesson, LessonCard, Progress
from backend.kit import db
from backend.kit.problems import NotFound
from backend.people.access import granted
from backend.people.principal import Principal

read_cards = msgspec.json.Decoder(list[Card]).decode


def write_cards(cards: Sequence[Card]) -> str:
    """Cards as the database keeps them."""
    return msgspec.json.encode(cards).decode()


class Version(msgspec.Struct, frozen=True):
    """A published version, as far as learning it needs."""

    lesson: UUID
    channel: UUID
    title: str
    cards: list[Card]


_VERSION = """
select v.lesson, l.channel, v.title, v.cards
from lesson_version v join lesson l on l.id = v.lesson join channel c on c.id = l.channel
where v.lesson = $1 and v.version = $2 and l.org = $3 and c.unit = any($4)
"""


async def version(principal: Principal, lesson: UUID, number: int) -> Version:
    """A version that this person may learn, archived ones too: an offline phone may have begun it before."""
    row = await db.fetchrow(_VERSION, lesson, number, principal.org, list(principal.unit_path))
    if row is None:
        raise NotFound
    return Version(row["lesson"], row["channel"], row["title"], read_cards(row["cards"]))
