"""Lessons as their authors write them, and the versions that learners get. Progress is a projection."""

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from backend.features.channels.tables import Channel
from backend.people.tables import Employee


class Lesson(Table, tablename="lesson"):
    """The draft. `revision` counts saves; `version` is the published one, made of `published_revision`."""

    id = UUID(primary_key=True, default=None)
    org = UUID(default=None)
    channel = ForeignKey(Channel, default=None, null=False)
    author = ForeignKey(Employee, default=None, null=False)
    revision = Integer(default=None)
    title = Text(default=None)
    summary = Text(default=None)
    emoji = Text(default=None)
    minutes = SmallInt(default=None)
    cards = JSONB(default=None)
    saved_at = Timestamptz(default=None)
    version = Integer(null=True, default=None)
    published_revision = Integer(null=True, default=None)
    archived = Boolean(default=False)


class LessonVersion(Table, tablename="lesson_version"):
    """What was published, never changed again. `publication` is the id of the act."""

    publication = UUID(primary_key=True, default=None)
    lesson = ForeignKey(Lesson, default=None, null=False)
    version = Integer(default=None)
    revision = Integer(default=None)
    title = Text(default=None)
    summary = Text(default=None)
    emoji = Text(default=None)
    minutes = SmallInt(default=None)
    cards = JSONB(default=None)
    published_at = Timestamptz(default=None)
    publisher = ForeignKey(Employee, default=None, null=False)
