"""A month as it may have been: who checked in when, who learnt what, who came to which live share.

Everything is told to the same services as by the phones, on the day on which it happens, in order.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from backend.demo.company import ACCOUNTS, ZONE, People, audience, channel
from backend.demo.lessons import Published
from backend.demo.shares import PAST, hold
from backend.features.checkins import questions
from backend.features.checkins.schemas import AskQuestion, CheckInToday
from backend.features.checkins.service import check_in
from backend.features.lessons import service as learning
from backend.features.lessons.schemas import Answer, ChoiceCard, CompleteLesson, KeepProgress, OrderCard
from backend.kit import clock
from backend.kit.ids import uuid7
from backend.people.principal import Principal

DAYS = 30
_SATURDAY = 5
_WEEKEND = 0.12
_LEARNERS = 0.7
_RIGHT = 0.85
_ANSWERED = 0.6
_BEGUN = 0.1
_LATER = (0, 0, 1, 2, 3, 5, 8, 11, 17)  # days after its publication on which a lesson is taken
_HOURS = (8, 9, 12, 12, 13, 17, 20, 21)

# Bob's own month: a gap that no freeze covers, then twelve working days in a row up to yesterday.
BOB = "bob"
BOBS_STREAK, BOBS_GAP = 12, 3
BOBS_LESSONS = 3

Act = tuple[datetime, Callable[[], Awaitable[object]]]


async def live_through(people: People, lessons: list[Published], now: datetime) -> None:
    """Tell the month's acts in the order in which they happened, up to now."""
    chance = Random(20261123)  # noqa: S311 - the same month at every first start
    acts = [*_questions(people, now), *_check_ins(people, now, chance), *_learning(people, lessons, now, chance)]
    acts += [(share.begin(now), partial(hold, people, share, now)) for share in PAST]
    for at, act in sorted(acts, key=lambda one: one[0]):
        if at < now:
            with clock.travel(at):
                await act()


def _questions(people: People, now: datetime) -> list[Act]:
    """Human resources ask everybody, a day in advance; the service channel asks its own on some days."""
    asked: list[tuple[str, AskQuestion]] = []
    for number in range(-DAYS, 8):
        day = _day(now, number)
        asked.append(("onboarding", AskQuestion(day, "mood", "今天出发时的心情？")))
        if day.toordinal() % 3 == 0:
            asked.append(("service", AskQuestion(day, "line", "今天想感谢哪位同事？一句话就好")))
        if day.toordinal() % 3 == 1:
            options = ["我先查一下，五分钟内回您", "这不归我管", "您再打一次试试"]
            text = "客户问到你不熟悉的业务，最好的第一句是？"
            asked.append(("service", AskQuestion(day, "quiz", text, options, 0)))
    return [
        (min(_at(act.day, time(0, 5)), now - timedelta(minutes=1)), partial(_ask, people, key, act))
        for key, act in asked
    ]


async def _ask(people: People, key: str, act: AskQuestion) -> None:
    await questions.ask(people.publisher(key), channel(key), act)


def _check_ins(people: People, now: datetime, chance: Random) -> list[Act]:
    acts: list[Act] = []
    for number, line in people.lines.items():
        habit = chance.choice((time(8, 20), time(8, 40), time(9, 5), time(12, 30), time(20, 45)))
        for day in _days(now, number, line.keen, line.hired, chance):
            at = _at(day, habit) + timedelta(seconds=chance.randrange(-900, 900))
            acts.append((at, partial(_check_in, people.principals[number], at, chance.random())))
    return acts


def _days(now: datetime, number: str, keen: int, hired: int, chance: Random) -> list[date]:
    """The days on which somebody checks in; those with an account leave today to whoever tries the demo."""
    days = [_day(now, -ago) for ago in range(min(DAYS, hired), -1, -1)]
    if number == BOB:
        working = [day for day in days[:-1] if day.weekday() < _SATURDAY]
        return working[: -BOBS_STREAK - BOBS_GAP] + working[-BOBS_STREAK:]
    likely = [keen / 100 * (1 if day.weekday() < _SATURDAY else _WEEKEND) for day in days]
    chosen = [day for day, part in zip(days, likely, strict=True) if chance.random() < part]
    return [day for day in chosen if day != days[-1]] if number in ACCOUNTS else chosen


async def _check_in(principal: Principal, at: datetime, luck: float) -> None:
    mood = 5 - int(luck * luck * 4)
    answered = luck < _ANSWERED
    await check_in(
        principal,
        CheckInToday(
            id=uuid7(),
            occurred_at=at - timedelta(milliseconds=700),
            mood=mood if answered else None,
            choice=int(luck > _ANSWERED * _RIGHT) if answered else None,
        ),
    )


def _learning(people: People, lessons: list[Published], now: datetime, chance: Random) -> list[Act]:
    acts: list[Act] = []
    for number, principal in people.principals.items():
        offered = [lesson for lesson in lessons if audience(lesson.channel) in principal.unit_path]
        for order, lesson in enumerate(offered):
            at, luck, seed = _taken(lesson, now, chance), chance.random(), chance.randrange(1 << 30)
            keen = people.lines[number].keen / 100 * _LEARNERS
            done, begun = luck < keen, luck < keen + _BEGUN
            if number == BOB:
                done, begun = order < BOBS_LESSONS, order == BOBS_LESSONS
            if done:
                acts.append((at, partial(_complete, principal, lesson, at, seed)))
            elif begun:
                acts.append((at, partial(_begin, principal, lesson, at)))
    return acts


def _taken(lesson: Published, now: datetime, chance: Random) -> datetime:
    """Some day after its publication, or after the month began, at an hour at which people have a moment."""
    day = max(lesson.at, now - timedelta(days=DAYS)).astimezone(ZONE).date() + timedelta(days=chance.choice(_LATER))
    return max(_at(day, time(chance.choice(_HOURS), chance.randrange(60), chance.randrange(60))), lesson.at)


async def _begin(principal: Principal, lesson: Published, at: datetime) -> None:
    await learning.keep_progress(principal, lesson.id, KeepProgress(uuid7(), 1, 2, at))


async def _complete(principal: Principal, lesson: Published, at: datetime, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - see live_through
    answers = [Answer(card.id, _chosen(card, chance)) for card in lesson.questions]
    duration = int(lesson.minutes * 60_000 * chance.uniform(0.6, 1.3))
    await learning.complete(principal, lesson.id, CompleteLesson(uuid7(), 1, duration, at, answers))


def _chosen(card: ChoiceCard | OrderCard, chance: Random) -> list[int]:
    right = card.right if isinstance(card, ChoiceCard) else list(range(len(card.items)))
    if chance.random() < _RIGHT:
        return list(right)
    return [0, 1] if isinstance(card, ChoiceCard) and card.multiple else right[::-1] if len(right) > 1 else [0]


def _day(now: datetime, offset: int) -> date:
    return now.astimezone(ZONE).date() + timedelta(days=offset)


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZONE)
