"""Recordings of live sessions and what may be credited for watching them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-26T17:00:00"
VERSION = "1.38.0"
DESCRIPTION = "recordings"

FORWARDS = """
alter table live_session add column recorded boolean not null default true;
alter table live_session alter column recorded drop default;

create table live_recording (
    session uuid not null references live_session,
    seat text not null,
    told jsonb not null,
    started_at timestamptz not null,
    duration_ms bigint not null,
    announced_at timestamptz not null,
    video uuid references file,
    poster uuid references file,
    thumbnails uuid references file,
    lesson uuid references lesson,
    kept_at timestamptz,
    constraint live_recording_pk primary key (session, seat),
    constraint live_recording_is_kept_with_its_video check (kept_at is null or video is not null)
);
create index live_recording_waiting on live_recording (announced_at) where kept_at is null;

create table replay_allowance (
    person uuid primary key references employee,
    at timestamptz not null,
    ms bigint not null
);
"""

BACKWARDS = """
drop table replay_allowance, live_recording;
alter table live_session drop column recorded;
"""


async def forwards() -> MigrationManager:
    """Create the tables of recordings."""
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)

    async def create() -> None:
        await db.execute(FORWARDS)

    async def drop() -> None:
        await db.execute(BACKWARDS)

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
