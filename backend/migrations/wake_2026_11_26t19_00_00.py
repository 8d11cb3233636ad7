"""The stage of a live session, and who helps to lead it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-26T19:00:00"
VERSION = "1.38.0"
DESCRIPTION = "stage"

FORWARDS = """
create table live_stage (
    session uuid not null references live_session,
    person uuid not null references employee,
    state text not null,
    seat text,
    microphone boolean not null,
    since timestamptz not null,
    unseated_at timestamptz,
    constraint live_stage_pk primary key (session, person),
    constraint live_stage_state_is_known check (state in ('raised', 'invited', 'on', 'off')),
    constraint live_stage_seat_is_of_who_is_on check ((state = 'on') = (seat is not null)),
    constraint live_stage_seat_is_of_one unique (session, seat)
);

create table live_cohost (
    session uuid not null references live_session,
    person uuid not null references employee,
    named_by uuid not null references employee,
    at timestamptz not null,
    constraint live_cohost_pk primary key (session, person)
);
"""

BACKWARDS = "drop table live_cohost, live_stage;"


async def forwards() -> MigrationManager:
    """Create the tables of the stage."""
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)

    async def create() -> None:
        await db.execute(FORWARDS)

    async def drop() -> None:
        await db.execute(BACKWARDS)

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
