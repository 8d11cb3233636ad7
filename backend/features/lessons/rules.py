"""What makes a lesson fit to publish, and how its answers score. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from backend.features.lessons.schemas import (
    Answer,
    Card,
    ChoiceCard,
    ImageCard,
    OrderCard,
    RevealCard,
    TextCard,
    VideoCard,
)

Why = Literal[
    "no-cards",
    "same-card-twice",
    "empty-text",
    "no-file",
    "unknown-file",
    "no-alt",
    "no-question",
    "too-few-options",
    "same-option-twice",
    "no-right-option",
    "unknown-option",
    "two-right-options",
    "empty-side",
]
FEWEST_OPTIONS = 2


class Fault(Struct, frozen=True, rename="camel"):
    """Why a card (null: the whole lesson) cannot be published."""

    card: UUID | None
    why: Why


class Score(Struct, frozen=True):
    """`percent` is null when there is no question."""

    right: int
    questions: int

    @property
    def percent(self) -> int | None:
        return 100 * self.right // self.questions if self.questions else None


def faults(cards: list[Card], files: Mapping[UUID, str]) -> list[Fault]:
    """All that keeps `cards` from being published; `files` are the known files and their kinds."""
    if not cards:
        return [Fault(None, "no-cards")]
    found, seen = [], set[UUID]()
    for card in cards:
        if card.id in seen:
            found.append(Fault(card.id, "same-card-twice"))
        seen.add(card.id)
        found += [Fault(card.id, why) for why in _faults(card, files)]
    return found


def _faults(card: Card, files: Mapping[UUID, str]) -> Iterator[Why]:
    match card:
        case TextCard():
            if not (card.title.strip() or card.markdown.strip()):
                yield "empty-text"
        case ImageCard():
            yield from _file_faults(card.file, "image", files)
            if not card.alt.strip():
                yield "no-alt"
        case VideoCard():
            yield from _file_faults(card.file, "video", files)
        case ChoiceCard():
            yield from _option_faults(card.question, card.options)
            yield from _right_faults(card)
        case OrderCard():
            yield from _option_faults(card.question, card.items)
        case RevealCard():
            if not (card.front.strip() and card.back.strip()):
                yield "empty-side"


def _file_faults(file: UUID | None, kind: str, files: Mapping[UUID, str]) -> Iterator[Why]:
    if file is None:
        yield "no-file"
    elif files.get(file) != kind:
        yield "unknown-file"


def _option_faults(question: str, options: list[str]) -> Iterator[Why]:
    if not question.strip():
        yield "no-question"
    if len(options) < FEWEST_OPTIONS or not all(option.strip() for option in options):
        yield "too-few-options"
    if len({option.strip() for option in options}) < len(options):
        yield "same-option-twice"


def _right_faults(card: ChoiceCard) -> Iterator[Why]:
    if not card.right:
        yield "no-right-option"
    elif max(card.right) >= len(card.options):
        yield "unknown-option"
    elif not card.multiple and len(set(card.right)) > 1:
        yield "two-right-options"


def files_of(cards: Iterable[Card]) -> set[UUID]:
    """The files that cards show."""
    return {card.file for card in cards if isinstance(card, ImageCard | VideoCard) and card.file}


def score(cards: Iterable[Card], answers: Iterable[Answer]) -> Score:
    """Count the rightly answered questions. The last answer to a card counts; strangers count nothing."""
    given = {answer.card: answer.chosen for answer in answers}
    marks = [_right(card, given.get(card.id)) for card in cards if isinstance(card, ChoiceCard | OrderCard)]
    return Score(sum(marks), len(marks))


def _right(card: ChoiceCard | OrderCard, chosen: list[int] | None) -> bool:
    if chosen is None:
        return False
    if isinstance(card, OrderCard):
        return chosen == list(range(len(card.items)))
    return set(chosen) == set(card.right)
