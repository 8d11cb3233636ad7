"""What the lesson routes accept and answer. A card is one screen of a lesson."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from backend.kit.wire import Instant, Wire

Title = Annotated[str, Meta(min_length=1, max_length=80)]
Markdown = Annotated[str, Meta(max_length=4000)]
Line = Annotated[str, Meta(max_length=240)]
Option = Annotated[str, Meta(min_length=1, max_length=120)]


class _Card(Wire, tag_field="kind"):
    """`id` is minted by the editor and stays the same over versions."""

    id: UUID


class TextCard(_Card, tag="text"):
    """`html` is the cleaned rendering of `markdown`; what a client sends there is ignored."""

    title: Line = ""
    markdown: Markdown = ""
    html: str = ""


class ImageCard(_Card, tag="image"):
    file: UUID | None = None
    url: str = ""
    alt: Line = ""
    caption: Line = ""


class VideoCard(_Card, tag="video"):
    """`session`: it is this live session's recording, to be played as its replay."""

    file: UUID | None = None
    url: str = ""
    caption: Line = ""
    session: UUID | UnsetType = UNSET


class ChoiceCard(_Card, tag="choice"):
    """Single or multi choice, also true/false (two options). `right`: indexes of right options."""

    question: Line = ""
    multiple: bool = False
    options: Annotated[list[Option], Meta(max_length=8)] = []
    right: Annotated[list[Annotated[int, Meta(ge=0, le=7)]], Meta(max_length=8)] = []
    explanation: Line = ""


class OrderCard(_Card, tag="order"):
    """`items` stand in the right order; the phone shuffles."""

    question: Line = ""
    items: Annotated[list[Option], Meta(max_length=8)] = []
    explanation: Line = ""


class RevealCard(_Card, tag="reveal"):
    front: Line = ""
    back: Line = ""


Card = TextCard | ImageCard | VideoCard | ChoiceCard | OrderCard | RevealCard
Cards = Annotated[list[Card], Meta(max_length=40)]


class Answer(Wire):
    """Chosen option indexes of a choice card, or the item indexes of an order card as placed."""

    card: UUID
    chosen: Annotated[list[Annotated[int, Meta(ge=0, le=7)]], Meta(max_length=8)]


Answers = Annotated[list[Answer], Meta(max_length=40)]


class Progress(Wire):
    """`card` is the index to resume at; `score` in percent once done."""

    state: Literal["new", "started", "done"]
    card: int
    version: int
    score: int | None
    answers: list[Answer]


class LessonCard(Wire):
    """A lesson in a list."""

    id: UUID
    title: str
    summary: str
    emoji: str
    minutes: int
    cards: int
    points: int
    channel: UUID
    channel_name: str
    progress: Progress


class Lesson(Wire):
    """A published version with its cards, answers included: quizzes give feedback offline."""

    id: UUID
    version: int
    title: str
    summary: str
    emoji: str
    minutes: int
    points: int
    channel_name: str
    cards: list[Card]
    progress: Progress


class KeepProgress(Wire):
    """`id` minted by the phone. An older card than the stored one changes nothing."""

    id: UUID
    version: Annotated[int, Meta(ge=1)]
    card: Annotated[int, Meta(ge=0, le=40)]
    occurred_at: Instant
    answers: Answers = []


class CompleteLesson(Wire):
    """`id` minted by the phone; sent twice it credits once. The server scores the answers."""

    id: UUID
    version: Annotated[int, Meta(ge=1)]
    duration_ms: Annotated[int, Meta(ge=0, le=86_400_000)]
    occurred_at: Instant
    answers: Answers = []


class Completion(Wire):
    score: int | None
    right: int
    questions: int
    points: int
    first: bool


class NewLesson(Wire):
    id: UUID
    channel: UUID
    title: Title


class SaveDraft(Wire):
    """`revision` is the one that was opened; another one's save in between answers 409."""

    revision: Annotated[int, Meta(ge=0)]
    title: Title
    summary: Line = ""
    emoji: Annotated[str, Meta(max_length=16)] = ""
    minutes: Annotated[int, Meta(ge=1, le=480)] = 3
    cards: Cards = []


class Draft(Wire):
    """A lesson as its author sees it; `version` is the published one or null."""

    id: UUID
    channel: UUID
    channel_name: str
    revision: int
    version: int | None
    changed: bool
    archived: bool
    title: str
    summary: str
    emoji: str
    minutes: int
    cards: list[Card]
    saved_at: datetime
    learners: int
    completed: int


class PublishLesson(Wire):
    id: UUID
    revision: Annotated[int, Meta(ge=0)]
