"""Channels, files, questions of the day, lessons and their versions."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.kit import db

ID = "2026-11-23T19:30:00"
VERSION = "1.38.0"
DESCRIPTION = "channels, files, check-ins, lessons"

FORWARDS = """
create table channel (
    id uuid primary key,
    org uuid not null references org,
    unit uuid not null references unit,
    publisher uuid not null references employee,
    name text not null,
    emoji text not null,
    constraint channel_name_is_said check (name <> '')
);
create index channel_unit on channel (unit);
create index channel_publisher on channel (publisher);

create table file (
    id uuid primary key,
    org uuid not null references org,
    uploader uuid not null references employee,
    name text not null,
    kind text not null,
    media_type text not null,
    size bigint not null,
    sha256 bytea not null,
    stored_at timestamptz not null,
    constraint file_kind_is_known check (kind in ('image', 'video')),
    constraint file_is_not_empty check (size > 0),
    constraint file_sha256_has_32_bytes check (length(sha256) = 32)
);

create table question (
    id uuid primary key,
    org uuid not null references org,
    channel uuid not null references channel,
    day date not null,
    kind text not null,
    text text not null,
    choices text[] not null,
    "right" smallint,
    asked_by uuid not null references employee,
    constraint question_once_a_day unique (channel, day),
    constraint question_kind_is_known check (kind in ('mood', 'line', 'quiz')),
    constraint question_quiz_has_an_answer
        check ((kind = 'quiz') = ("right" is not null) and (kind = 'quiz') = (cardinality(choices) >= 2))
);
create index question_day on question (org, day);

create table lesson (
    id uuid primary key,
    org uuid not null references org,
    channel uuid not null references channel,
    author uuid not null references employee,
    revision integer not null,
    title text not null,
    summary text not null,
    emoji text not null,
    minutes smallint not null,
    cards jsonb not null,
    saved_at timestamptz not null,
    version integer,
    published_revision integer,
    archived boolean not null,
    constraint lesson_version_has_its_revision check ((version is null) = (published_revision is null))
);
create index lesson_channel on lesson (channel);

create table lesson_version (
    publication uuid primary key,
    lesson uuid not null references lesson,
    version integer not null,
    revision integer not null,
    title text not null,
    summary text not null,
    emoji text not null,
    minutes smallint not null,
    cards jsonb not null,
    published_at timestamptz not null,
    publisher uuid not null references employee,
    constraint lesson_version_once unique (lesson, version)
);
"""

BACKWARDS = "drop table lesson_version, lesson, question, file, channel;"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="wake", description=DESCRIPTION)
    manager.add_raw(partial(db.execute, FORWARDS))
    manager.add_raw_backwards(partial(db.execute, BACKWARDS))
    return manager
