"""The local day, and its question."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.features.checkins.rules import local_day
from backend.features.checkins.schemas import Question
from backend.kit import clock, db
from backend.people.principal import Principal

OBJECT_TYPE = "check-in"

_ASKED = """
select q.id, q.kind, q.text, q.choices, q."right", c.name channel
from question q join channel c on c.id = q.channel
where q.org = $1 and q.day = $2 and c.unit = any($3)
order by array_position($3, c.unit) desc, c.name, c.id limit 1
"""


class Asked(Struct, frozen=True):
    """A question and the index of its right choice, which stays with us until it is answered."""

    question: Question
    right: int | None


def today_of(principal: Principal) -> date:
    """Their local day now."""
    return local_day(clock.now(), ZoneInfo(principal.zone))


async def question_of(principal: Principal, day: date) -> Asked | None:
    """The question for this person: of the channel nearest to their unit, then by the channel's name."""
    row = await db.fetchrow(_ASKED, principal.org, day, list(principal.unit_path))
    if row is None:
        return None
    return Asked(
        Question(id=row["id"], kind=row["kind"], text=row["text"], choices=row["choices"], channel=row["channel"]),
        row["right"],
    )


async def question(channel: UUID, day: date) -> Question:
    """What a channel asks on a day."""
    (row,) = await db.fetch(
        "select q.id, q.kind, q.text, q.choices, c.name channel from question q"
        " join channel c on c.id = q.channel where q.channel = $1 and q.day = $2",
        channel,
        day,
    )
    return Question(**row)
