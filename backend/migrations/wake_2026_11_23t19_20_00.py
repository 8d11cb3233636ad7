"""What follows from the traces: points, streaks, lesson progress, attendance. All but the rules can be rebuilt."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-23T19:20:00"
VERSION = "1.38.0"
DESCRIPTION = "projections"

POINTS = """
create table point_rule (
    code text not null,
    version integer not null,
    verb text not null,
    object_type text,
    account text not null,
    amount integer not null,
    per text not null,
    once boolean not null,
    day_cap integer,
    week_cap integer,
    valid_from timestamptz not null,
    valid_to timestamptz,
    constraint point_rule_pk primary key (code, version),
    constraint point_rule_account_is_known check (account in ('learning', 'teaching')),
    constraint point_rule_per_is_known check (per in ('act', 'share', 'minute')),
    constraint point_rule_amount_is_positive check (amount > 0),
    constraint point_rule_caps_are_positive check (day_cap > 0 and week_cap > 0),
    constraint point_rule_ends_after_it_begins check (valid_to > valid_from)
);
insert into point_rule
    (code, version, verb, object_type, account, amount, per, once, day_cap, week_cap, valid_from, valid_to)
values
    ('check-in', 1, 'checked-in', null, 'learning', 10, 'act', false, 10, null, '2020-01-01T00:00:00Z', null),
    ('lesson', 1, 'completed', 'lesson', 'learning', 10, 'act', true, null, null, '2020-01-01T00:00:00Z', null),
    ('live', 1, 'attended', null, 'learning', 20, 'share', false, null, null, '2020-01-01T00:00:00Z', null),
    ('teaching', 1, 'taught', null, 'teaching', 1, 'minute', false, 60, null, '2020-01-01T00:00:00Z', null);

create table point_entry (
    id uuid not null,
    trace uuid not null,
    org uuid not null,
    employee uuid not null,
    account text not null,
    amount integer not null,
    capped integer not null,
    rule text not null,
    version integer not null,
    day date not null,
    stored timestamptz not null,
    position bigint not null,
    reverses uuid,
    object uuid not null,
    constraint point_entry_pk primary key (id)
);
create index point_entry_employee on point_entry (employee, position);
create index point_entry_reverses on point_entry (reverses) where reverses is not null;

create table point_day (
    employee uuid not null,
    rule text not null,
    day date not null,
    account text not null,
    amount bigint not null,
    constraint point_day_pk primary key (employee, rule, day)
);

create table point_balance (
    employee uuid not null,
    account text not null,
    amount bigint not null,
    constraint point_balance_pk primary key (employee, account)
) with (fillfactor = 50); -- every act updates a row: room on its page keeps that out of the index

create table point_once (
    employee uuid not null,
    rule text not null,
    object uuid not null,
    entry uuid not null,
    constraint point_once_pk primary key (employee, rule, object)
);
"""

STREAKS = """
create table day_off (
    org uuid not null,
    day date not null,
    declared timestamptz not null,
    withdrawn timestamptz,
    constraint day_off_pk primary key (org, day, declared),
    constraint day_off_is_withdrawn_later check (withdrawn > declared)
);

create table streak (
    employee uuid not null,
    day date not null,
    trace uuid not null,
    streak integer not null,
    longest integer not null,
    used integer not null,
    constraint streak_pk primary key (employee, day)
);
"""

PROGRESS = """
create table lesson_progress (
    employee uuid not null,
    lesson uuid not null,
    state text not null,
    card integer not null,
    cards integer not null,
    version integer not null,
    score integer,
    answers jsonb not null,
    at timestamptz not null,
    constraint lesson_progress_pk primary key (employee, lesson),
    constraint lesson_progress_state_is_known check (state in ('started', 'done'))
);
create index lesson_progress_lesson on lesson_progress (lesson, state);
"""

# `since` and `until` (not "from" and "to", which SQL reserves); null is what was not told yet.
ATTENDANCE = """
create table session_window (
    session uuid not null,
    opened timestamptz,
    closed timestamptz,
    constraint session_window_pk primary key (session)
);

create table stay (
    id uuid not null,
    session uuid not null,
    person uuid not null,
    device text not null,
    joined timestamptz not null,
    "left" timestamptz,
    last_beat timestamptz not null,
    media_ms bigint not null,
    constraint stay_pk primary key (id)
);
create index stay_session on stay (session, person);

create table on_air (
    publication uuid not null,
    session uuid not null,
    seat text not null,
    since timestamptz,
    until timestamptz,
    constraint on_air_pk primary key (publication)
);
create index on_air_session on on_air (session);

create table fault (
    trace uuid not null,
    session uuid not null,
    since timestamptz not null,
    until timestamptz not null,
    constraint fault_pk primary key (trace)
);
create index fault_session on fault (session);

create table act (
    trace uuid not null,
    session uuid not null,
    person uuid not null,
    at timestamptz not null,
    constraint act_pk primary key (trace)
);
create index act_session on act (session, person);

create table prompt (
    id uuid not null,
    session uuid not null,
    shown timestamptz not null,
    constraint prompt_pk primary key (id)
);
create index prompt_session on prompt (session);

create table prompt_answer (
    prompt uuid not null,
    person uuid not null,
    session uuid not null,
    at timestamptz not null,
    constraint prompt_answer_pk primary key (prompt, person)
);
create index prompt_answer_session on prompt_answer (session);

create table replay (
    trace uuid not null,
    session uuid not null,
    person uuid not null,
    since timestamptz not null,
    until timestamptz not null,
    constraint replay_pk primary key (trace)
);
create index replay_session on replay (session, person);

create table attended (
    session uuid not null,
    person uuid not null,
    live_ms bigint not null,
    replay_ms bigint not null,
    credited_ms bigint not null,
    on_air_ms bigint not null,
    share integer not null,
    trace uuid not null,
    revision integer not null,
    constraint attended_pk primary key (session, person)
);
create index attended_trace on attended (trace);
create index attended_person on attended (person);
"""

FORWARDS = POINTS + STREAKS + PROGRESS + ATTENDANCE

BACKWARDS = """
drop table attended, replay, prompt_answer, prompt, act, fault, on_air, stay, session_window;
drop table lesson_progress, streak, day_off, point_once, point_balance, point_day, point_entry, point_rule;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)
    manager.add_raw(partial(db.execute, FORWARDS))
    manager.add_raw_backwards(partial(db.execute, BACKWARDS))
    return manager
