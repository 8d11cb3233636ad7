"""The tables of people. Statements are raw SQL; these say what the columns are."""

from piccolo.columns import UUID, Array, Boolean, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.table import Table


class Org(Table):
    """A company on the platform; nothing of it is seen by another."""

    id = UUID(primary_key=True, default=None)
    slug = Text(default=None)
    name = Text(default=None)


class Unit(Table):
    """A node of the org's tree. `path` goes from the top down to and including its own id."""

    id = UUID(primary_key=True, default=None)
    org = ForeignKey(Org, default=None, null=False)
    parent: ForeignKey["Unit"] = ForeignKey("self", default=None, null=True)
    path = Array(UUID(), default=None)
    name = Text(default=None)
    kind = Text(default=None)
    rank = Integer(default=0)


class Employee(Table):
    """A person of an org. `epoch` is raised to end all their logins, at `epoch_at`."""

    id = UUID(primary_key=True, default=None)
    org = ForeignKey(Org, default=None, null=False)
    unit = ForeignKey(Unit, default=None, null=False)
    number = Text(default=None)
    name = Text(default=None)
    position = Text(default="")
    level = Text(default="")
    zone = Text(default=None)
    language = Text(default="zh")
    hired_on = Date(default=None)
    status = Text(default="regular")
    on_leaderboards = Boolean(default=True)
    password = Text(default=None, null=True, secret=True)
    epoch = Integer(default=0)
    epoch_at = Timestamptz(default=None)


class RoleGrant(Table, tablename="role_grant"):
    """A role that an employee holds over a unit and all below it."""

    id = UUID(primary_key=True, default=None)
    employee = ForeignKey(Employee, default=None, null=False)
    role = Text(default=None)
    unit = ForeignKey(Unit, default=None, null=False)
