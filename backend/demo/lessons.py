"""The micro-lessons of lessons/*.toml, written and published as their authors would."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from backend.demo.company import FOLDER, People, channel, org
from backend.features.files import storage
from backend.features.files.service import store
from backend.features.lessons import authoring
from backend.features.lessons.schemas import Card, ChoiceCard, NewLesson, OrderCard, PublishLesson, SaveDraft
from backend.kit import clock
from backend.kit.ids import derived
from backend.kit.settings import Settings
from backend.people.principal import Principal


class LessonFile(Struct, frozen=True):
    """A file of lessons/; `published` in days ago, `cards` as in the schema but without ids."""

    channel: str
    title: str
    summary: str
    emoji: str
    minutes: int
    published: int
    cards: list[dict[str, Any]]


class Published(Struct, frozen=True):
    """A lesson that is out."""

    id: UUID
    channel: str
    at: datetime
    minutes: int
    cards: list[Card]

    @property
    def questions(self) -> list[ChoiceCard | OrderCard]:
        """The cards that are scored."""
        return [card for card in self.cards if isinstance(card, ChoiceCard | OrderCard)]


async def publish(people: People, settings: Settings, now: datetime) -> list[Published]:
    """Write all lessons and publish each on its day."""
    lessons = []
    for path in sorted((FOLDER / "lessons").glob("*.toml")):
        file = msgspec.toml.decode(path.read_bytes(), type=LessonFile)
        at = now - timedelta(days=file.published, hours=2)
        with clock.travel(at):
            lessons.append(await _publish(people.publisher(file.channel), path.stem, file, at, settings))
    return lessons


async def _publish(author: Principal, key: str, file: LessonFile, at: datetime, settings: Settings) -> Published:
    lesson = derived(org(), "lesson", key)
    cards = [await _card(author, lesson, number, raw, settings) for number, raw in enumerate(file.cards)]
    await authoring.new_lesson(author, NewLesson(lesson, channel(file.channel), file.title))
    draft = await authoring.save(
        author, lesson, SaveDraft(0, file.title, file.summary, file.emoji, file.minutes, cards)
    )
    await authoring.publish(author, lesson, PublishLesson(derived(lesson, "published"), draft.revision))
    return Published(lesson, file.channel, at, file.minutes, cards)


async def _card(author: Principal, lesson: UUID, number: int, raw: dict[str, Any], settings: Settings) -> Card:
    picture = {"file": await _store(author, raw["file"], settings)} if "file" in raw else {}
    card = raw | picture | {"id": derived(lesson, "card", str(number))}
    return cast("Card", msgspec.convert(card, type=Card))


async def _store(author: Principal, name: str, settings: Settings) -> UUID:
    content = (FOLDER / "files" / name).read_bytes()
    file = await store(author, name, "image/webp", len(content), _whole(content), storage.of(settings))
    return file.id


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
