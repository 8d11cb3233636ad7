"""Lessons that the platform makes itself, of a live share's recording: published once, then their author's like any."""

from uuid import UUID

from msgspec import Struct

from backend.features.lessons.authoring import VERSION
from backend.features.lessons.queries import write_cards
from backend.features.lessons.schemas import Card
from backend.kit import clock, db
from backend.kit.ids import derived


class Made(Struct, frozen=True):
    """A whole lesson; its id is derived from what it is made of."""

    id: UUID
    org: UUID
    channel: UUID
    author: UUID
    title: str
    summary: str
    emoji: str
    minutes: int
    cards: list[Card]


async def make(made: Made) -> None:
    """Write and publish it. Again: nothing happens, whatever its author has made of it since."""
    async with db.transaction():
        fresh = await db.fetchval(
            "insert into lesson (id, org, channel, author, revision, title, summary, emoji, minutes, cards, saved_at,"
            " archived) values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, false) on conflict (id) do nothing"
            " returning true",
            *(made.id, made.org, made.channel, made.author, made.title, made.summary, made.emoji, made.minutes),
            *(write_cards(made.cards), clock.now()),
        )
        if fresh:
            await db.execute(VERSION, made.id, derived(made.id, "published"), clock.now(), made.author)
