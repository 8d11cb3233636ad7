"""Today's card: the streak, the week, the question, and proof of this contact."""

from backend.features.checkins import queries
from backend.features.checkins.contact import contact_token
from backend.features.checkins.schemas import CheckInStatus, Day
from backend.people.principal import Principal
from backend.projections.points.prices import price
from backend.projections.streaks.queries import streak_on
from backend.traces.verbs import CHECKED_IN


async def today(principal: Principal) -> CheckInStatus:
    """How this person stands on their local day."""
    day = queries.today_of(principal)
    streak = await streak_on(principal.employee, principal.org, day)
    asked = await queries.question_of(principal, day)
    return CheckInStatus(
        day=day,
        zone=principal.zone,
        done=streak.done,
        streak=streak.streak,
        longest=streak.longest,
        freezes=streak.freezes,
        next_milestone=streak.next_milestone,
        points=await price(CHECKED_IN, queries.OBJECT_TYPE),
        week=[Day(each, state) for each, state in streak.week],
        question=asked.question if asked else None,
        contact=contact_token(principal),
    )
