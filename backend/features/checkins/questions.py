"""A channel asks its people something on one day."""

from datetime import timedelta
from uuid import UUID

from backend.features.channels.service import require_publisher
from backend.features.checkins import queries
from backend.features.checkins.rules import is_clear
from backend.features.checkins.schemas import AskQuestion, Question
from backend.kit import clock, db
from backend.kit.ids import derived
from backend.kit.problems import Invalid
from backend.people.principal import Principal

_WESTERNMOST = timedelta(hours=12)

# What is asked has an id of its own: an answer says which of two questions of a day it is to.
_ASK = """
insert into question (id, org, channel, day, kind, text, choices, "right", asked_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (channel, day) do update set id = excluded.id, kind = excluded.kind, text = excluded.text,
    choices = excluded.choices, "right" = excluded."right", asked_by = excluded.asked_by
"""


class QuestionUnclear(Invalid):
    title = "A quiz needs at least two choices and a right one among them; other questions have none"


class DayIsOver(Invalid):
    title = "That day is over"


async def ask(principal: Principal, channel: UUID, act: AskQuestion) -> Question:
    """Set the question in the place of what the channel asked on that day before.

    Raises DayIsOver for days that are over everywhere, QuestionUnclear for a quiz without an answer.
    """
    await require_publisher(principal, channel)
    if act.day < (clock.now() - _WESTERNMOST).date():
        raise DayIsOver
    if not is_clear(act.kind, act.choices, act.right):
        raise QuestionUnclear
    id_ = derived(channel, str(act.day), act.kind, act.text, *act.choices, str(act.right))
    await db.execute(
        *(_ASK, id_, principal.org, channel, act.day, act.kind, act.text, act.choices, act.right, principal.employee)
    )
    return await queries.question(channel, act.day)
