"""Reads of files: only of one's own org."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from backend.kit import db
from backend.kit.problems import NotFound
from backend.people.principal import Principal


class Stored(Struct, frozen=True):
    """What is known of a file's bytes; `size` in bytes."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes


async def stored(principal: Principal, id_: UUID) -> Stored:
    """A file of one's org; NotFound for any other."""
    row = await db.fetchrow(
        "select id, name, media_type, size, sha256 from file where id = $1 and org = $2", id_, principal.org
    )
    if row is None:
        raise NotFound
    return Stored(**row)


async def kinds(org: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The kinds of those files that the org has."""
    rows = await db.fetch("select id, kind from file where org = $1 and id = any($2)", org, list(ids))
    return {row["id"]: row["kind"] for row in rows}
