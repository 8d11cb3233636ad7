"""`/api/home`: one request for the first screen."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from litestar import Router, get

from backend.features.checkins import status
from backend.features.lessons.queries import Listed, listed
from backend.features.live import queries as live
from backend.features.live.schemas import LiveSession
from backend.people.principal import Principal, WakeRequest
from backend.projections.points.prices import price
from backend.reports.points import balances, today_of
from backend.reports.schemas import Home, Task
from backend.traces.verbs import ATTENDED

_LESSONS = 4
_PERCENT = 100
_LIVE_EMOJI = "📡"


async def home_of(principal: Principal) -> Home:
    """What is on today: the check-in, what is live and to come, what is to do, what was gathered."""
    sessions = await live.mine(principal)
    today = today_of(principal)
    shares = [*sessions.now, *sessions.upcoming, *sessions.past]
    tasks = [
        *lesson_tasks(await listed(principal), today, principal.zone),
        *live_tasks(shares, await price(ATTENDED, "live-session"), today, principal.zone),
    ]
    return Home(
        check_in=await status.today(principal),
        live=sessions.now,
        upcoming=sessions.upcoming,
        tasks=in_order(tasks),
        balances=await balances(principal),
    )


def in_order(tasks: list[Task]) -> list[Task]:
    """What is to do first, and of that what has the soonest deadline; what is done last."""
    return sorted(tasks, key=lambda task: (task.done, task.due is None, task.due and task.due.timestamp()))


def lesson_tasks(lessons: list[Listed], today: date, zone: str) -> list[Task]:
    """Up to four unfinished lessons, begun ones first, and those finished today."""
    unfinished = [each for each in lessons if each.card.progress.state != "done"]
    finished = [each for each in lessons if each.card.progress.state == "done" and _is_on(each.at, today, zone)]
    return [_lesson_task(each) for each in [*unfinished[:_LESSONS], *finished]]


def _lesson_task(lesson: Listed) -> Task:
    card = lesson.card
    done = card.progress.state == "done"
    return Task(
        kind="lesson",
        id=card.id,
        title=card.title,
        detail=card.summary or card.channel_name,
        emoji=card.emoji,
        minutes=card.minutes,
        points=card.points,
        progress=_PERCENT if done else _PERCENT * card.progress.card // max(card.cards, 1),
        done=done,
        due=None,
    )


def live_tasks(sessions: list[LiveSession], points: int, today: date, zone: str) -> list[Task]:
    """Shares of today that this person has booked or may watch; done once they have been there."""
    return [
        Task(
            kind="live",
            id=each.id,
            title=each.title,
            detail=each.host.name,
            emoji=_LIVE_EMOJI,
            minutes=each.minutes,
            points=points,
            progress=(each.share or 0) // _PERCENT,
            done=bool(each.attended_ms),
            due=each.starts_at,
        )
        for each in sessions
        if not each.hosting and _is_on(each.starts_at, today, zone) and (each.ended_at is None or each.attended_ms)
    ]


def _is_on(instant: datetime | None, day: date, zone: str) -> bool:
    return instant is not None and instant.astimezone(ZoneInfo(zone)).date() == day


@get("/", operation_id="home")
async def home(request: WakeRequest) -> Home:
    """All that the first screen shows."""
    return await home_of(request.user)


router = Router("/api/home", route_handlers=[home], tags=["home"])
