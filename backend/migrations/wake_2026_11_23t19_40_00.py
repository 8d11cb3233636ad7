"""Live sessions, what their rooms said, bookings and removals."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-23T19:40:00"
VERSION = "1.38.0"
DESCRIPTION = "live sessions"

FORWARDS = """
create table live_session (
    id uuid primary key,
    org uuid not null,
    host uuid not null references employee,
    unit uuid not null references unit,
    title text not null,
    summary text not null,
    starts_at timestamptz not null,
    minutes smallint not null,
    state text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    closed_at timestamptz,
    on_air boolean not null,
    off_air_at timestamptz,
    pause uuid,
    paused_at timestamptz,
    state_since timestamptz not null,
    chat_open boolean not null,
    pinned uuid,
    seq bigint not null,
    recount boolean not null,
    revision smallint not null,
    taught uuid,
    taught_minutes integer not null,
    attendees integer,
    constraint live_session_title_is_said check (title <> ''),
    constraint live_session_state_is_known
        check (state in ('scheduled', 'live', 'ended', 'closed', 'cancelled')),
    constraint live_session_instants_fit_the_state check (
        (state in ('scheduled', 'cancelled')) = (started_at is null)
        and (state in ('ended', 'closed')) = (ended_at is not null)
        and (state = 'closed') = (closed_at is not null)),
    constraint live_session_pause_has_its_start check ((pause is null) = (paused_at is null))
);
create index live_session_unit on live_session (unit, starts_at);
create index live_session_host on live_session (host, starts_at);
create index live_session_unfinished on live_session (state) where state in ('scheduled', 'live', 'ended');

create table room_event (
    session uuid not null references live_session,
    seq bigint not null,
    type text not null,
    at timestamptz not null,
    data jsonb not null,
    message uuid,
    constraint room_event_pk primary key (session, seq),
    constraint room_event_message_is_said_once unique (message),
    constraint room_event_message_has_an_id check ((type = 'message') = (message is not null))
);
create index room_event_messages on room_event (session, seq) where type = 'message';

create table live_booking (
    session uuid not null references live_session,
    person uuid not null references employee,
    at timestamptz not null,
    constraint live_booking_pk primary key (session, person)
);
create index live_booking_person on live_booking (person);

create table live_removal (
    session uuid not null references live_session,
    person uuid not null references employee,
    removed_by uuid not null references employee,
    at timestamptz not null,
    constraint live_removal_pk primary key (session, person)
);
"""

BACKWARDS = "drop table live_removal, live_booking, room_event, live_session;"


async def forwards() -> MigrationManager:
    """Create the tables of live sessions."""
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)

    async def create() -> None:
        await db.execute(FORWARDS)

    async def drop() -> None:
        await db.execute(BACKWARDS)

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
