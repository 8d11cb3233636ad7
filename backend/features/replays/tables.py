"""What may still be reported as watched."""

from piccolo.columns import BigInt, ForeignKey, Timestamptz
from piccolo.table import Table

from backend.people.tables import Employee


class ReplayAllowance(Table, tablename="replay_allowance"):
    """`ms` of watching that a person might report at `at`; see `rules.spent`."""

    person = ForeignKey(Employee, default=None, null=False, primary_key=True)
    at = Timestamptz(default=None)
    ms = BigInt(default=None)
