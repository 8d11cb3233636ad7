"""Channels: who publishes to whom."""

from piccolo.columns import UUID, ForeignKey, Text
from piccolo.table import Table

from backend.people.tables import Employee, Unit


class Channel(Table, tablename="channel"):
    """`unit` is the audience boundary (that unit and all below); `publisher` an employee."""

    id = UUID(primary_key=True, default=None)
    org = UUID(default=None)
    unit = ForeignKey(Unit, default=None, null=False)
    publisher = ForeignKey(Employee, default=None, null=False)
    name = Text(default=None)
    emoji = Text(default="")
