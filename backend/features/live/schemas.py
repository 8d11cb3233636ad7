"""What the live routes accept and answer, and what a room says over its socket."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, UnsetType

from backend.kit.wire import Wire
from backend.people.schemas import Person

# PostgreSQL keeps no NUL in a text, and a line of blanks says nothing.
_SAID = r"^[^\x00]*[^\s\x00][^\x00]*$"
Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=_SAID)]
Summary = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
Instant = Annotated[datetime, Meta(tz=True)]
Minutes = Annotated[int, Meta(ge=5, le=480)]
Text = Annotated[str, Meta(min_length=1, max_length=300, pattern=_SAID)]
Device = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
State = Literal["scheduled", "live", "ended", "closed", "cancelled"]


class NewLiveSession(Wire):
    """`starts_at` null: go live now. `unit` is the audience: that unit and all below."""

    id: UUID
    title: Title
    unit: UUID
    summary: Summary = ""
    starts_at: Instant | None = None
    minutes: Minutes = 60


class ChangeLiveSession(Wire):
    title: Title | UnsetType = UNSET
    summary: Summary | UnsetType = UNSET
    unit: UUID | UnsetType = UNSET
    starts_at: Instant | UnsetType = UNSET
    minutes: Minutes | UnsetType = UNSET


class LiveSession(Wire):
    """`on_air`: the host's picture is arriving (else viewers see the slate). `viewers` are people
    present now, after the end people who were there. `attended_ms`/`points`: mine, once closed."""

    id: UUID
    title: str
    summary: str
    state: State
    on_air: bool
    host: Person
    hosting: bool
    unit: UUID
    unit_name: str
    reach: int
    starts_at: datetime
    minutes: int
    started_at: datetime | None
    ended_at: datetime | None
    viewers: int
    booked: bool
    bookings: int
    attended_ms: int | None
    share: int | None
    points: int | None


class LiveSessions(Wire):
    now: list[LiveSession]
    upcoming: list[LiveSession]
    past: list[LiveSession]


class Join(Wire):
    """`device` is a random id that the browser keeps; attendance is the union over devices."""

    device: Device


class MediaAccess(Wire):
    """Where and with what to publish (WHIP, RFC 9725) or play (WHEP): POST the SDP offer to the
    seat's URL with `Authorization: Bearer token`. Ask again before `expires_at`."""

    whip: str | None
    whep: str
    token: str
    expires_at: datetime


class RoomEvent(Wire):
    """One thing that the room says. `seq` counts the lasting ones from 1 without a hole and is 0
    for passing ones (`viewers`, `reactions`). `data` by `type`:

    `state` RoomState · `message` ChatMessage · `messageDeleted` {id} · `pinned` {id, text} or
    {id: null} · `chat` {open} · `prompt` Prompt · `removed` {person} · `viewers` {count} ·
    `reactions` {count}
    """

    seq: int
    type: Literal["state", "message", "messageDeleted", "pinned", "chat", "prompt", "removed", "viewers", "reactions"]
    at: datetime
    data: Raw


class RoomState(Wire):
    state: State
    on_air: bool
    slate: Literal["none", "before", "break", "hostLost"]
    since: datetime


class ChatMessage(Wire):
    id: UUID
    person: Person
    text: str
    host: bool


class Prompt(Wire):
    """Asks "still watching?": answer within `seconds`; chatting counts as an answer."""

    id: UUID
    seconds: int


class Room(Wire):
    """All that a client needs to enter: `ticket` opens `/api/ws?ticket=…&since=seq`."""

    session: LiveSession
    state: RoomState
    ticket: str
    seq: int
    events: list[RoomEvent]
    pinned: ChatMessage | None
    chat_open: bool
    viewers: int
    attended_ms: int
    media: MediaAccess


class RoomEvents(Wire):
    events: list[RoomEvent]
    seq: int


class Say(Wire):
    """`id` minted by the phone; sent twice it is said once."""

    id: UUID
    text: Text


class Answered(Wire):
    """An answer to a prompt; `id` minted by the phone."""

    id: UUID


class SetRoom(Wire):
    """Host controls. `slate` `break` shows the planned pause (its time counts as on air)."""

    chat_open: bool | UnsetType = UNSET
    pinned: UUID | UnsetType | None = UNSET
    slate: Literal["none", "break"] | UnsetType = UNSET


class Remove(Wire):
    person: UUID


class Viewer(Wire):
    """A person in the room as the host sees them. `receiving`: media reached them in the last beat."""

    person: Person
    since: datetime
    devices: int
    receiving: bool


class Viewers(Wire):
    viewers: list[Viewer]
    count: int
    not_receiving: int
