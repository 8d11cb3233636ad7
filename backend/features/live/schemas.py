"""What the live routes accept and answer, and what a room says over its socket."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, UnsetType

from backend.features.live.rules import GuestSeat
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
    recorded: bool = True


class ChangeLiveSession(Wire):
    title: Title | UnsetType = UNSET
    summary: Summary | UnsetType = UNSET
    unit: UUID | UnsetType = UNSET
    starts_at: Instant | UnsetType = UNSET
    minutes: Minutes | UnsetType = UNSET
    recorded: bool | UnsetType = UNSET


class LiveSession(Wire):
    """`on_air`: the host's picture is arriving (else viewers see the slate). `viewers` are people
    present now, after the end people who were there. `attended_ms`/`points`: mine, once closed.
    `recorded`: it is or was; `replay_ms` is how long the recording is, once it can be watched."""

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
    recorded: bool
    replay_ms: int | None


class LiveSessions(Wire):
    now: list[LiveSession]
    upcoming: list[LiveSession]
    past: list[LiveSession]


class Join(Wire):
    """`device` is a random id that the browser keeps; attendance is the union over devices."""

    device: Device


class SeatAccess(Wire):
    """A seat beside the host's. `whip` is there when one may publish on it now."""

    seat: Literal["screen", "guest-1", "guest-2", "guest-3"]
    whip: str | None
    whep: str


class MediaAccess(Wire):
    """Where and with what to publish (WHIP, RFC 9725) or play (WHEP): POST the SDP offer to the
    seat's URL with `Authorization: Bearer token`. Ask again before `expires_at`. `hls`, where there is
    one, is for networks that let neither through: `index.m3u8?token=…` below it, and `presence` every 4 s.
    `whip` and `whep` are the host's seat. `relays` are the names of those behind these addresses, where there are
    several."""

    relays: list[str]
    whip: str | None
    whep: str
    seats: list[SeatAccess]
    hls: str | None
    token: str
    expires_at: datetime


RoomEventType = Literal[
    "state", "message", "messageDeleted", "pinned", "chat", "prompt", "removed", "viewers", "reactions",
    "stage", "muteAsked", "cohost", "screen", "relayGone",
]  # fmt: skip


class RoomEvent(Wire):
    """One thing that the room says. `seq` counts the lasting ones from 1 without a hole and is 0
    for passing ones (`viewers`, `reactions`). `data` by `type`:

    `state` RoomState · `message` ChatMessage · `messageDeleted` {id} · `pinned` {id, text} or
    {id: null} · `chat` {open} · `prompt` Prompt · `removed` {person} · `viewers` {count} ·
    `reactions` {count} · `stage` StageMember · `muteAsked` {person} · `cohost` {person, leads} ·
    `screen` {on} · `relayGone` {name}: whoever is connected to this relay asks anew and goes where it is told
    """

    seq: int
    type: RoomEventType
    at: datetime
    data: Raw


StageState = Literal["raised", "invited", "on", "off"]


class StageMember(Wire):
    """How somebody stands to the stage: hand `raised`, `invited`, `on` a seat since their consent, or `off` again.
    `microphone`: it is on, as their own app says."""

    person: Person
    state: StageState
    seat: GuestSeat | None
    microphone: bool
    since: datetime


class StageMembers(Wire):
    members: list[StageMember]


class TakeSeat(Wire):
    microphone: bool = True


class MySeat(Wire):
    microphone: bool


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
    """All that a client needs to enter: `ticket` opens `/api/ws?ticket=…&since=seq`. `leading`: I may lead it,
    as host, admin or co-host. `stage` is everybody with a hand up, an invitation or a seat; `screen`: the host
    shows one."""

    session: LiveSession
    state: RoomState
    ticket: str
    seq: int
    events: list[RoomEvent]
    pinned: ChatMessage | None
    chat_open: bool
    viewers: int
    attended_ms: int
    leading: bool
    cohosts: list[UUID]
    stage: list[StageMember]
    screen: bool
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
