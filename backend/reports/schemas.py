"""What the reports answer: home, points, ranks, attendance."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Raw

from backend.features.checkins.schemas import CheckInStatus
from backend.features.live.schemas import LiveSession
from backend.kit.wire import Wire
from backend.people.schemas import Person

Account = Literal["learning", "teaching"]


class Task(Wire):
    """Something to do today, soonest deadline first."""

    kind: Literal["lesson", "live"]
    id: UUID
    title: str
    detail: str
    emoji: str
    minutes: int
    points: int
    progress: int
    done: bool
    due: datetime | None


class Balance(Wire):
    """Points of one account; week and quarter in the employee's zone."""

    account: Account
    total: int
    today: int
    week: int
    quarter: int


class Home(Wire):
    check_in: CheckInStatus
    live: list[LiveSession]
    upcoming: list[LiveSession]
    tasks: list[Task]
    balances: list[Balance]


class PointLine(Wire):
    """One entry of the account. `subject` names what it was for; `day` is the local day."""

    id: UUID
    account: Account
    amount: int
    at: datetime
    verb: str
    subject: str
    subject_type: str
    subject_id: UUID
    rule: str
    reversal: bool


class PointsPage(Wire):
    balances: list[Balance]
    entries: list[PointLine]
    next: str | None


class RuleVersion(Wire):
    code: str
    version: int
    verb: str
    amount: int
    per: Literal["act", "share", "minute"]
    day_cap: int | None
    week_cap: int | None
    valid_from: datetime
    valid_to: datetime | None


class TraceView(Wire):
    """The trace behind something. `sequence` and `hash` are null for the seconds before sealing."""

    id: UUID
    verb: str
    source: str
    timestamp: datetime
    stored: datetime
    sequence: int | None
    hash: str | None
    statement: Raw


class PointReason(Wire):
    """Why an entry exists: the trace and the rule version in force when it was stored.
    `capped` is what a cap took away."""

    entry: PointLine
    rule: RuleVersion
    trace: TraceView
    capped: int


class Rank(Wire):
    rank: int
    person: Person
    points: int
    me: bool


class Leaderboard(Wire):
    scope: Literal["team", "company"]
    period: Literal["week", "month", "quarter"]
    account: Account
    rows: list[Rank]
    mine: Rank | None
    people: int


class Gap(Wire):
    """On-air time without credit, milliseconds from the opening. `why`: `late` before the first
    stay, `left` after the last, `network` between two stays, `prompt` unanswered, `away` no stay."""

    start_ms: int
    end_ms: int
    why: Literal["late", "left", "network", "prompt", "away"]


class AttendanceLine(Wire):
    """`credited_ms` of `on_air_ms`; `share` in basis points; `present` are credited intervals in
    milliseconds from the opening."""

    person: Person
    live_ms: int
    replay_ms: int
    credited_ms: int
    on_air_ms: int
    share: int
    points: int
    present: list[tuple[int, int]]
    gaps: list[Gap]
    devices: int


class AttendanceReport(Wire):
    """`provisional` until the session is closed and credited."""

    session: UUID
    title: str
    opened_at: datetime
    closed_at: datetime | None
    provisional: bool
    on_air_ms: int
    on_air: list[tuple[int, int]]
    policy: str
    people: list[AttendanceLine]
    average_share: int
    reach: int
