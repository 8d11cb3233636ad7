"""The log of traces, append-only, and the hash chain beside it."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-23T19:10:00"
VERSION = "1.38.0"
DESCRIPTION = "traces"

# `position` is the order of the log: clocks may disagree, the sequence does not. `unsealed` is the
# sealer's list of what has committed and has no seal yet, in ranges of positions that may overlap.
FORWARDS = """
create table trace (
    position bigint generated always as identity primary key,
    id uuid not null,
    org uuid not null,
    actor uuid,
    verb text not null,
    object uuid not null,
    object_type text not null,
    timestamp timestamptz not null,
    stored timestamptz not null,
    day date not null,
    source text not null,
    statement text not null,
    constraint trace_id_is_unique unique (id),
    constraint trace_source_is_known check (source in ('app', 'relay', 'host', 'peer', 'import', 'self'))
);

create table unsealed (
    first bigint not null,
    last bigint not null
);

create table seal (
    org uuid not null,
    seq bigint not null,
    trace uuid not null,
    hash bytea not null,
    constraint seal_pk primary key (org, seq),
    constraint seal_trace_is_sealed_once unique (trace)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger trace_is_append_only before update or delete or truncate on trace
    for each statement execute function refuse_change();
create trigger seal_is_append_only before update or delete or truncate on seal
    for each statement execute function refuse_change();
"""

BACKWARDS = """
drop table seal, unsealed, trace;
drop function refuse_change;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)
    manager.add_raw(partial(db.execute, FORWARDS))
    manager.add_raw_backwards(partial(db.execute, BACKWARDS))
    return manager
