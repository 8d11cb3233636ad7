"""Lesson progress only goes forward."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from backend.projections.progress.rules import Standing, advance
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import COMPLETED, PROGRESSED


def make_statement(verb: str, score: int | None = None, **told: Any) -> Statement:
    return Statement(
        id=UUID(int=1),
        org=UUID(int=2),
        actor=UUID(int=3),
        verb=verb,
        object=Object(UUID(int=4), "lesson", "x"),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        day=date(2026, 1, 1),
        source="app",
        result=Result(score=score, extensions=told),
    )


def learnt(*statements: Statement) -> Standing | None:
    standing = None
    for statement in statements:
        standing = advance(standing, statement)
    return standing


def progressed(card: int, version: int = 1) -> Statement:
    return make_statement(PROGRESSED, version=version, card=card, cards=5, answers=[card])


def completed(score: int | None, version: int = 1) -> Statement:
    return make_statement(COMPLETED, score=score, version=version, answers=["all"])


def test_an_older_card_changes_nothing() -> None:
    assert learnt(progressed(3), progressed(1)) == Standing("started", 3, 5, 1, None, [3])


def test_a_newer_version_begins_anew_and_an_older_one_is_ignored() -> None:
    assert learnt(progressed(3), progressed(1, version=2), progressed(4)) == Standing("started", 1, 5, 2, None, [1])


def test_completion_is_final_and_keeps_the_best_score() -> None:
    assert learnt(progressed(4), completed(60), progressed(1, version=2), completed(40)) == Standing(
        "done", 5, 5, 1, 60, ["all"]
    )
    assert learnt(completed(60), completed(80, version=2)) == Standing("done", 0, 0, 2, 80, ["all"])
    assert learnt(completed(None), completed(None)) == Standing("done", 0, 0, 1, None, ["all"])
