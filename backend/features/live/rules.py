"""What a live session may do next. Pure: instants and lengths come in, decisions go out."""

from collections.abc import Container
from datetime import datetime, timedelta
from typing import Literal, get_args

State = Literal["scheduled", "live", "ended", "closed", "cancelled"]
Slate = Literal["none", "before", "break", "hostLost"]
STATES: tuple[State, ...] = get_args(State)

# Who may hold a live share for a unit: any of these roles granted over it (admin includes them).
HOSTING: tuple[Literal["expert", "publisher"], ...] = ("expert", "publisher")

WAITING_ROOM = timedelta(minutes=30)
NEVER_STARTED = timedelta(hours=12)
CLOSING_LATE = timedelta(minutes=1)
NEVER_ON_AIR = timedelta(minutes=30)
HOST_AWAY = timedelta(minutes=10)
BREAK_LIMIT = timedelta(minutes=60)

# A stay without a beat for three of the relay's periods (10 s) is not a viewer any more.
FRESH = timedelta(seconds=30)

GuestSeat = Literal["guest-1", "guest-2", "guest-3"]
GUEST_SEATS: tuple[GuestSeat, ...] = get_args(GuestSeat)

# A guest who publishes nothing for so long has gone without a word.
GUEST_AWAY = timedelta(seconds=60)

PROMPT_SECONDS = 60
_FIRST_PROMPT_MS = 15 * 60_000
_PROMPT_EVERY_MS = 17 * 60_000

_MINUTE_MS = 60_000


def enterable(state: State, starts_at: datetime, now: datetime, *, hosting: bool) -> bool:
    """Whether the room's door is open: on air, or up to half an hour before (for hosts at any time)."""
    return state == "live" or (state == "scheduled" and (hosting or now >= starts_at - WAITING_ROOM))


def slate(state: State, *, on_air: bool, paused: bool, was_on_air: bool) -> Slate:
    """What viewers see instead of the host. A planned break covers even an arriving picture."""
    if state == "scheduled":
        return "before"
    if state != "live":
        return "none"
    if paused:
        return "break"
    if on_air:
        return "none"
    return "hostLost" if was_on_air else "before"


def abandoned(started_at: datetime, last_on_air: datetime | None, paused_at: datetime | None, now: datetime) -> bool:
    """Whether a live session without a host on air has waited long enough to be ended.

    `last_on_air` is the end of the host's last publication, None when there was none.
    """
    if paused_at is not None and now - paused_at < BREAK_LIMIT:
        return False
    if last_on_air is None:
        return now - started_at >= NEVER_ON_AIR
    return now - max(last_on_air, started_at) >= HOST_AWAY


def free_seat(taken: Container[GuestSeat]) -> GuestSeat | None:
    """The first seat nobody has, None when the stage is full."""
    return next((seat for seat in GUEST_SEATS if seat not in taken), None)


def prompt_due(on_air_ms: int, shown: int) -> bool:
    """Whether the next "still watching?" is due, after so much time on air and so many prompts."""
    return on_air_ms >= _FIRST_PROMPT_MS + shown * _PROMPT_EVERY_MS


def audience_minutes(credited_ms: list[int]) -> int:
    """What a host has taught: the started minutes credited to each viewer, added up."""
    return sum(-(-credited // _MINUTE_MS) for credited in credited_ms)
