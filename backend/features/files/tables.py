"""Files that were uploaded; `storage` says where their bytes lie."""

from piccolo.columns import UUID, BigInt, Bytea, ForeignKey, Text, Timestamptz
from piccolo.table import Table

from backend.people.tables import Employee


class File(Table, tablename="file"):
    """`size` in bytes; `kind` is `image` or `video`; a file never changes."""

    id = UUID(primary_key=True, default=None)
    org = UUID(default=None)
    uploader = ForeignKey(Employee, default=None, null=False)
    name = Text(default=None)
    kind = Text(default=None)
    media_type = Text(default=None)
    size = BigInt(default=None)
    sha256 = Bytea(default=None)
    stored_at = Timestamptz(default=None)
