"""Orgs, units, employees, and the roles that are granted over units."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-23T19:05:00"
VERSION = "1.38.0"
DESCRIPTION = "people"

# `unit.path` is every unit from the top down to and including the row's own: "is below" is one
# array operator. `employee.epoch` counts how often all of a person's logins were ended.
FORWARDS = """
create table org (
    id uuid primary key,
    slug text not null,
    name text not null,
    constraint org_slug_is_unique unique (slug),
    constraint org_slug_is_plain check (slug ~ '^[a-z0-9-]{1,64}$')
);

create table unit (
    id uuid primary key,
    org uuid not null references org,
    parent uuid references unit,
    path uuid[] not null,
    name text not null,
    kind text not null,
    rank integer not null,
    constraint unit_kind_is_known check (kind in ('company', 'region', 'department', 'team')),
    constraint unit_path_ends_with_itself check (path[cardinality(path)] = id),
    constraint unit_name_is_said check (name <> '')
);
create index unit_org on unit (org);
create index unit_path on unit using gin (path);

create table employee (
    id uuid primary key,
    org uuid not null references org,
    unit uuid not null references unit,
    number text not null,
    name text not null,
    position text not null,
    level text not null,
    zone text not null,
    language text not null,
    hired_on date not null,
    status text not null,
    on_leaderboards boolean not null,
    password text,
    epoch integer not null,
    epoch_at timestamptz not null,
    constraint employee_status_is_known check (status in ('probation', 'regular', 'left')),
    constraint employee_language_is_known check (language in ('zh', 'en')),
    constraint employee_name_is_said check (name <> '')
);
create unique index employee_number_once_per_org on employee (org, lower(number));
create index employee_number on employee (lower(number));
create index employee_unit on employee (unit);
create index employee_by_name on employee (org, name, id);
create index employee_epoch_at on employee (epoch_at) where epoch > 0;

create table role_grant (
    id uuid primary key,
    employee uuid not null references employee,
    role text not null,
    unit uuid not null references unit,
    constraint role_grant_role_is_known
        check (role in ('admin', 'publisher', 'manager', 'expert', 'auditor')),
    constraint role_grant_once unique (employee, role, unit)
);
create index role_grant_unit on role_grant (unit);

-- Tells every process whose rights have changed; '*' is everybody's.
create function tell_people() returns trigger language plpgsql as $$
begin
    perform pg_notify('people', case tg_table_name
        when 'employee' then coalesce(to_jsonb(new), to_jsonb(old)) ->> 'id'
        when 'role_grant' then coalesce(to_jsonb(new), to_jsonb(old)) ->> 'employee'
        else '*' end);
    return null;
end $$;
create trigger employee_tells after update or delete on employee
    for each row execute function tell_people();
create trigger role_grant_tells after insert or update or delete on role_grant
    for each row execute function tell_people();
create trigger unit_tells after update or delete on unit
    for each statement execute function tell_people();
"""

BACKWARDS = """
drop table role_grant, employee, unit, org;
drop function tell_people;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)
    manager.add_raw(partial(db.execute, FORWARDS))
    manager.add_raw_backwards(partial(db.execute, BACKWARDS))
    return manager
