"""Live shares: two that were held, as the relay would have told of them, and two to come."""

from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec
from msgspec import Struct

from backend.demo.company import ZONE, People, org, unit
from backend.features.live import closing, pulse, room, service, webhooks
from backend.features.live.messages import AnyMessage
from backend.features.live.schemas import NewLiveSession, Say
from backend.kit import clock
from backend.kit.ids import derived, uuid7
from backend.people.principal import Principal

_BEAT = timedelta(minutes=1)
_BEAT_MS = 60_000
_LATEST_SECONDS = 240
_CUT = 0.2
_EARLY = 0.12
_FRIDAY = 4

Members = dict[str, object]


class Share(Struct, frozen=True):
    """A live share of the demo. `day` in days from today, `hour` in Shanghai, `part` of the audience that came."""

    key: str
    day: int
    hour: time
    minutes: int
    host: str
    unit: str
    title: str
    summary: str
    part: float = 0.0
    said: tuple[tuple[int, str, str], ...] = ()

    @property
    def id(self) -> UUID:
        return derived(org(), "live", self.key)

    def begin(self, now: datetime) -> datetime:
        """The instant at which it begins; a weekend is moved to the Friday before or the Monday after."""
        day = now.astimezone(ZONE).date() + timedelta(days=self.day)
        over = day.weekday() - _FRIDAY
        if over > 0:
            day += timedelta(days=3 - over if self.day > 0 else -over)
        return datetime.combine(day, self.hour, ZONE)


PAST = (
    Share(
        "x2-launch", -8, time(14, 30), 46, "chen", "company", "2026 新品发布会 · 行舟 X2",
        "三大能力一次讲清，现场连线华东试点仓。", 0.72,
        (
            (2, "alice", "声音很清楚 👍"),
            (4, "XZ0124", "Will the slides be shared afterwards?"),
            (5, "chen", "会的，结束后放在「新品速递」"),
            (14, "XZ0069", "老师可以再讲一下第三点吗？"),
            (16, "chen", "好，接口这块我们慢一点说"),
            (27, "carol", "打卡！上海分公司 12 人一起看"),
            (33, "XZ0063", "老客户从 X1 升级要停机多久？"),
            (35, "chen", "不超过两小时，数据自动迁移"),
            (44, "XZ0066", "666"),
        ),
    ),
    Share(
        "service-case", -3, time(10, 0), 32, "alice", "east-service", "客服晨会 · 上周三个真实录音",
        "一起听、一起拆，哪一句可以更好。", 0.9,
        (
            (3, "XZ0036", "第二段录音能再放一遍吗"),
            (11, "bob", "「由我负责到底」这句我昨天就用上了"),
            (12, "alice", "太好了，等下请你讲讲客户怎么回的"),
            (25, "XZ0119", "记下来了 🙏"),
        ),
    ),
)  # fmt: skip

AHEAD = (
    Share("x2-objections", 1, time(15, 0), 40, "chen", "company", "行舟 X2 客户异议二十问",
          "销售与客服最常被问到的二十个问题，现场答疑。"),
    Share("quality-week", 4, time(10, 0), 30, "alice", "east-service", "客服质检周复盘",
          "本周质检得分、两个亮点、一个改进。"),
)  # fmt: skip


async def announce(people: People, now: datetime) -> None:
    """Plan what is to come; some mean to be there."""
    with clock.travel(now):
        for share in AHEAD:
            await _plan(people, share, now)
            for number, principal in people.principals.items():
                invited = unit(share.unit) in principal.unit_path and number not in {"bob", share.host}
                if invited and people.lines[number].keen % 3 == 0:
                    await service.book(principal, share.id)


async def hold(people: People, share: Share, now: datetime) -> None:
    """Hold a share as it was: the host goes live, people come and go, talk, and are credited."""
    start = share.begin(now)
    host = people.principals[share.host]
    with clock.travel(start - timedelta(days=2)):
        await _plan(people, share, now)
    with clock.travel(start - timedelta(seconds=20)):
        await service.start(host, share.id)
    for at, act in _course(people, share, start):
        with clock.travel(at):
            await _tell(people, share, act)
    with clock.travel(start + timedelta(minutes=share.minutes, seconds=5)):
        await service.end(host, share.id)
        await closing.close(share.id)
        await pulse.stop()


async def _plan(people: People, share: Share, now: datetime) -> None:
    await service.create(
        people.principals[share.host],
        NewLiveSession(share.id, share.title, unit(share.unit), share.summary, share.begin(now), share.minutes),
    )


async def _tell(people: People, share: Share, act: AnyMessage | tuple[str, str]) -> None:
    if isinstance(act, tuple):
        await room.say(people.principals[act[0]], share.id, Say(uuid7(), act[1]))
    else:
        await webhooks.accept(act)
        await pulse.stop()  # nobody is there yet to whom figures would be told


def _course(people: People, share: Share, start: datetime) -> list[tuple[datetime, AnyMessage | tuple[str, str]]]:
    """What the relay told and what people said, in order."""
    end = start + timedelta(minutes=share.minutes)
    host = {"seat": "host", "publication": derived(share.id, "publication"), "device": "laptop"}
    host["person"] = people.principals[share.host].employee
    course: list[tuple[datetime, AnyMessage | tuple[str, str]]] = [
        (start, _message(share, "published", start, host)),
        (end, _message(share, "unpublished", end, host | {"reason": "bye"})),
        *((start + timedelta(minutes=minute, seconds=7), (number, text)) for minute, number, text in share.said),
    ]
    stays = [stay for principal in _audience(people, share) for stay in _stays(principal, share, start, end)]
    for present, since, until in stays:
        reason = "bye" if until == end else "timeout"
        course.append((since, _message(share, "joined", since, present)))
        course.append((until, _message(share, "left", until, present | {"reason": reason})))
    for minute in range(1, share.minutes + 1):
        at = start + minute * _BEAT
        there = [present | {"mediaMs": _BEAT_MS} for present, since, until in stays if since <= at <= until]
        course.append((at, _message(share, "beat", at, {"people": there})))
    return sorted(course, key=lambda one: one[0])


def _audience(people: People, share: Share) -> list[Principal]:
    """Who came: those who speak, Bob, and as many of the rest as `part` says."""
    speakers = {number for _, number, _ in share.said} | {"bob"}
    chance = Random(share.key)  # noqa: S311 - the same audience at every first start
    return [
        principal
        for number, principal in people.principals.items()
        if unit(share.unit) in principal.unit_path and number != share.host
        if chance.random() < share.part or number in speakers
    ]


def _stays(
    principal: Principal, share: Share, start: datetime, end: datetime
) -> list[tuple[Members, datetime, datetime]]:
    """One stay, or two around a hole in the network; some come late, some leave early."""
    chance = Random(f"{share.key}{principal.number}")  # noqa: S311 - see _audience
    early = principal.number != "bob"
    since = start + timedelta(seconds=chance.randrange(2, _LATEST_SECONDS if early else 20))
    until = end - timedelta(minutes=chance.randrange(4, 15)) if early and chance.random() < _EARLY else end
    if principal.number == "bob" or chance.random() < _CUT:
        cut = start + (end - start) * (0.4 if principal.number == "bob" else chance.uniform(0.2, 0.8))
        spans = [(since, cut), (cut + timedelta(seconds=chance.randrange(60, 200)), until)]
    else:
        spans = [(since, until)]
    return [
        (_stay(share, principal, number), *_whole(span)) for number, span in enumerate(spans) if span[0] < span[1]
    ]


def _stay(share: Share, principal: Principal, number: int) -> Members:
    stay = derived(share.id, "stay", str(principal.employee), str(number))
    return {"stay": stay, "person": principal.employee, "device": "phone"}


def _whole(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    return span[0].replace(microsecond=0), span[1].replace(microsecond=0)


def _message(share: Share, kind: str, at: datetime, members: Members) -> AnyMessage:
    head = {"id": uuid7(), "type": kind, "room": share.id, "at": int(at.timestamp() * 1000)}
    message: AnyMessage = msgspec.convert(members | head, type=AnyMessage)
    return message
