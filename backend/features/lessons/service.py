"""Learn: keep one's place in a lesson and complete it. Both are traces; the server scores."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.features.lessons import queries
from backend.features.lessons.queries import Version
from backend.features.lessons.rules import score
from backend.features.lessons.schemas import Answer, CompleteLesson, Completion, KeepProgress, Progress
from backend.kit import clock
from backend.people.principal import Principal
from backend.projections.points.notices import Credited
from backend.record import record
from backend.traces.statement import Object, Result, Statement
from backend.traces.verbs import COMPLETED, PROGRESSED


async def keep_progress(principal: Principal, lesson: UUID, act: KeepProgress) -> Progress:
    """Keep the card to resume at and the answers so far. An older place than the stored one changes nothing."""
    version = await queries.version(principal, lesson, act.version)
    extensions = _extensions(act.version, act.answers) | {"card": act.card, "cards": len(version.cards)}
    await record(_statement(principal, version, PROGRESSED, act.id, act.occurred_at, Result(extensions=extensions)))
    return await queries.progress(principal, lesson)


async def complete(principal: Principal, lesson: UUID, act: CompleteLesson) -> Completion:
    """Complete the version that was learnt, which need not be the newest; sent again, the first answer again."""
    version = await queries.version(principal, lesson, act.version)
    found = score(version.cards, act.answers)
    result = Result(
        score=found.percent,
        completion=True,
        duration_ms=act.duration_ms,
        extensions=_extensions(act.version, act.answers) | {"right": found.right, "questions": found.questions},
    )
    (recorded,) = await record(_statement(principal, version, COMPLETED, act.id, act.occurred_at, result))
    points = sum(notice.amount for notice in recorded.notices if isinstance(notice, Credited))
    return Completion(found.percent, found.right, found.questions, points, first=points > 0)


def _extensions(version: int, answers: list[Answer]) -> dict[str, Any]:
    return {"version": version, "answers": msgspec.to_builtins(answers)}


def _statement(
    principal: Principal, version: Version, verb: str, id_: UUID, occurred_at: datetime, result: Result
) -> Statement:
    return Statement(
        id=id_,
        org=principal.org,
        actor=principal.employee,
        verb=verb,
        object=Object(version.lesson, queries.OBJECT_TYPE, version.title),
        timestamp=clock.claimed(occurred_at),
        day=clock.now().astimezone(ZoneInfo(principal.zone)).date(),
        source="app",
        result=result,
        context={"channel": str(version.channel)},
    )
