"""How far an employee is in a lesson. Pure: what came before and one more trace give what is now."""

from typing import Any, Literal

import msgspec

from backend.traces.statement import Statement
from backend.traces.verbs import COMPLETED

State = Literal["started", "done"]


class Standing(msgspec.Struct, frozen=True, gc=False):
    """`card` is the index to resume at in `version`, which has `cards`; `score` in percent, the best once done."""

    state: State
    card: int
    cards: int
    version: int
    score: int | None
    answers: list[Any]


def advance(before: Standing | None, statement: Statement) -> Standing:
    """An older card, or one of an older version, changes nothing; completion is final and keeps the best score."""
    told = statement.result.extensions if statement.result else {}
    version, answers = int(told.get("version", 1)), list(told.get("answers", []))
    if statement.verb == COMPLETED:
        return _complete(before, version, statement.result.score if statement.result else None, answers)
    card, cards = int(told.get("card", 0)), int(told.get("cards", 0))
    if before is None:
        return Standing("started", card, cards, version, None, answers)
    if before.state == "done" or (version, card) < (before.version, before.card):
        return before
    return Standing("started", card, cards, version, None, answers)


def _complete(before: Standing | None, version: int, score: int | None, answers: list[Any]) -> Standing:
    if before and before.state == "done" and (before.score or 0) >= (score or 0):
        return before
    cards = before.cards if before else 0
    return Standing("done", cards, cards, version, score, answers)
