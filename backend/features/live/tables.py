"""Live sessions and what their rooms said."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, ForeignKey, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from backend.features.files.tables import File
from backend.people.tables import Employee, Unit


class LiveSession(Table, tablename="live_session"):
    """`unit` is the audience. `seq` is the room's last event. `on_air`: the host's picture arrives,
    `off_air_at`: when it last stopped.
    `pause` is the running break (its publication id). `recount`: a closing job is on its way;
    `revision` counts what closing has credited or corrected, `taught` is the host's
    trace, `attendees` how many were there. `recorded`: the relay
    keeps what the host publishes."""

    id = UUID(primary_key=True, default=None)
    org = UUID(default=None)
    host = ForeignKey(Employee, default=None, null=False)
    unit = ForeignKey(Unit, default=None, null=False)
    title = Text(default=None)
    summary = Text(default="")
    starts_at = Timestamptz(default=None)
    minutes = SmallInt(default=None)
    state = Text(default=None)
    created_at = Timestamptz(default=None)
    started_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    on_air = Boolean(default=False)
    off_air_at = Timestamptz(default=None, null=True)
    pause = UUID(default=None, null=True)
    paused_at = Timestamptz(default=None, null=True)
    state_since = Timestamptz(default=None)
    chat_open = Boolean(default=True)
    pinned = UUID(default=None, null=True)
    seq = BigInt(default=0)
    recount = Boolean(default=False)
    revision = SmallInt(default=0)
    taught = UUID(default=None, null=True)
    taught_minutes = Integer(default=0)
    attendees = Integer(default=None, null=True)
    recorded = Boolean(default=None)


class LiveRecording(Table, tablename="live_recording"):
    """What the relay recorded of a seat: `told` is its message, the files are there once it is kept. `part` from 1."""

    session = ForeignKey(LiveSession, default=None, null=False)
    seat = Text(default=None)
    part = SmallInt(default=None)
    told = JSONB(default=None)
    started_at = Timestamptz(default=None)
    duration_ms = BigInt(default=None)
    announced_at = Timestamptz(default=None)
    video = ForeignKey(File, default=None, null=True)
    poster = ForeignKey(File, default=None, null=True)
    thumbnails = ForeignKey(File, default=None, null=True)
    lesson = UUID(default=None, null=True)
    kept_at = Timestamptz(default=None, null=True)


class RoomEvent(Table, tablename="room_event"):
    """A lasting thing that a room said; `seq` per session from 1 without holes."""

    session = ForeignKey(LiveSession, default=None, null=False)
    seq = BigInt(default=None)
    type = Text(default=None)
    at = Timestamptz(default=None)
    data = JSONB(default=None)
    message = UUID(default=None, null=True)


class LiveBooking(Table, tablename="live_booking"):
    """A person who wants to be there."""

    session = ForeignKey(LiveSession, default=None, null=False)
    person = ForeignKey(Employee, default=None, null=False)
    at = Timestamptz(default=None)


class LiveRemoval(Table, tablename="live_removal"):
    """A person whom the host has sent out of the room."""

    session = ForeignKey(LiveSession, default=None, null=False)
    person = ForeignKey(Employee, default=None, null=False)
    removed_by = ForeignKey(Employee, default=None, null=False)
    at = Timestamptz(default=None)
