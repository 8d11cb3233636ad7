"""What the check-in routes accept and answer."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from backend.kit.wire import Instant, Wire


class CheckInToday(Wire):
    """Check in for the employee's local day.

    `id` is minted by the phone (UUIDv7) and makes retries harmless. `contact` is the newest
    token that `CheckInStatus` brought: a claimed time before it is not believed.
    """

    id: UUID
    occurred_at: Instant
    contact: Annotated[str, Meta(max_length=256)] = ""
    mood: Annotated[int, Meta(ge=1, le=5)] | None = None
    answer: Annotated[str, Meta(max_length=200)] | None = None
    choice: Annotated[int, Meta(ge=0, le=7)] | None = None


class CheckIn(Wire):
    """The day that the server decided. `outcome`: `late` means that the claimed day was not
    accepted and the act counted for the day on which it arrived; `already` that the day was
    taken before (nothing was credited again)."""

    id: UUID
    day: date
    zone: str
    outcome: Literal["credited", "already", "late"]
    points: int
    streak: int
    milestone: int | None
    right: bool | None


class Day(Wire):
    day: date
    state: Literal["done", "missed", "frozen", "off", "today", "ahead"]


class Question(Wire):
    """The question of the day; `choices` is empty but for `quiz`."""

    id: UUID
    kind: Literal["mood", "line", "quiz"]
    text: str
    choices: list[str]
    channel: str


class AskQuestion(Wire):
    """A publisher's question for one day; replaces that channel's question for the day."""

    day: date
    kind: Literal["mood", "line", "quiz"]
    text: Annotated[str, Meta(min_length=1, max_length=140)]
    choices: Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=6)] = []
    right: Annotated[int, Meta(ge=0, le=5)] | None = None


class CheckInStatus(Wire):
    """Today's card: this week Monday to Sunday, streak, freezes left this month."""

    day: date
    zone: str
    done: bool
    streak: int
    longest: int
    freezes: int
    next_milestone: int
    points: int
    week: list[Day]
    question: Question | None
    contact: str
