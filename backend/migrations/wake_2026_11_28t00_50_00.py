"""A recording may have parts: a relay died in mid-share, and another recorded the rest."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-28T00:50:00"
VERSION = "1.38.0"
DESCRIPTION = "recording parts"

FORWARDS = """
alter table live_recording add column part smallint not null default 1;
alter table live_recording alter column part drop default;
alter table live_recording drop constraint live_recording_pk;
alter table live_recording add constraint live_recording_pk primary key (session, seat, part);
"""

BACKWARDS = """
delete from live_recording where part > 1;
alter table live_recording drop constraint live_recording_pk;
alter table live_recording drop column part;
alter table live_recording add constraint live_recording_pk primary key (session, seat);
"""


async def forwards() -> MigrationManager:
    """Number the parts of a recording."""
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)

    async def create() -> None:
        await db.execute(FORWARDS)

    async def drop() -> None:
        await db.execute(BACKWARDS)

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
