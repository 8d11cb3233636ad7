"""Questions of the day. Check-ins themselves are traces."""

from piccolo.columns import UUID, Array, Date, ForeignKey, SmallInt, Text
from piccolo.table import Table

from backend.features.channels.tables import Channel
from backend.people.tables import Employee


class Question(Table, tablename="question"):
    """A channel's question for one local day. `right` is the index of a quiz's right choice."""

    id = UUID(primary_key=True, default=None)
    org = UUID(default=None)
    channel = ForeignKey(Channel, default=None, null=False)
    day = Date(default=None)
    kind = Text(default=None)
    text = Text(default=None)
    choices = Array(Text(), default=None)
    right = SmallInt(null=True, default=None)
    asked_by = ForeignKey(Employee, default=None, null=False)
