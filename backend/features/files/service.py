"""Take files in as a stream. A half upload leaves nothing behind; a whole one is in its place before it is known."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from backend.features.files.rules import FORMATS, HEAD, Format, looks_like, media_type, plain_name
from backend.features.files.schemas import File
from backend.features.files.storage import Storage
from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.kit.problems import Problem, TooLarge, UnsupportedMediaType
from backend.people.principal import Principal

FULL = {errno.ENOSPC, errno.EDQUOT}
_PIECE = 1 << 20


class UnlikeItsType(Problem):
    status = 422
    title = "The bytes are not of the media type that was named"


class StorageFull(Problem):
    status = 507
    title = "There is no room left for files"


async def store(
    principal: Principal, name: str, content_type: str, announced: int | None, chunks: AsyncIterator[bytes],
    storage: Storage,
) -> File:  # fmt: skip
    """Keep an uploaded file; `announced` is its length in bytes if the client told one.

    Raises UnsupportedMediaType, TooLarge (with the `limit`), UnlikeItsType, StorageFull.
    """
    kind = media_type(content_type)
    if (format_ := FORMATS.get(kind)) is None:
        raise UnsupportedMediaType(accepted=sorted(FORMATS))
    if announced is not None and announced > format_.limit:
        raise TooLarge(limit=format_.limit)
    id_ = uuid7()
    part = storage.part(id_)
    try:
        size, digest = await _receive(part, chunks, kind, format_)
        file = File(id_, f"/api/files/{id_}", plain_name(name), format_.kind, kind, size)
        await storage.keep(id_, part)
        await _insert(principal.org, principal.employee, file, digest)
    except OSError as fault:
        if fault.errno in FULL:
            raise StorageFull from fault
        raise
    finally:
        await asyncio.shield(asyncio.to_thread(part.unlink, missing_ok=True))
    return file


async def _receive(part: Path, chunks: AsyncIterator[bytes], kind: str, format_: Format) -> tuple[int, bytes]:
    """Write the stream to `part`; its size and SHA-256. Disk and hashing stay off the event loop."""
    digest, size, held = hashlib.sha256(), 0, bytearray()
    out = await asyncio.to_thread(_create, part)
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > format_.limit:
                raise TooLarge(limit=format_.limit)
            held += chunk
            if size - len(chunk) < HEAD <= size:
                _require_likeness(kind, held)
            if len(held) >= _PIECE:
                held = await _flush(out, held, digest)
        if size < HEAD:
            raise UnlikeItsType
        await _flush(out, held, digest)
        await asyncio.to_thread(os.fsync, out.fileno())
    finally:
        await asyncio.shield(asyncio.to_thread(out.close))
    return size, digest.digest()


def _require_likeness(kind: str, head: bytearray) -> None:
    if not looks_like(kind, bytes(head[:HEAD])):
        raise UnlikeItsType


async def _flush(out: BinaryIO, held: bytearray, digest: "hashlib._Hash") -> bytearray:
    def write() -> None:
        digest.update(held)
        out.write(held)

    await asyncio.to_thread(write)
    return bytearray()


def _create(part: Path) -> BinaryIO:
    part.parent.mkdir(parents=True, exist_ok=True)
    return part.open("xb", buffering=0)


async def adopt(org: UUID, owner: UUID, file: File, sha256: bytes, part: Path, storage: Storage) -> None:
    """Keep a file that the platform itself made and whose bytes, in `part`, are known to be these. Again: nothing."""
    if not await known(file.id):
        await storage.keep(file.id, part)
        await _insert(org, owner, file, sha256)


async def known(id_: UUID) -> bool:
    """Whether there is such a file."""
    return bool(await db.fetchval("select exists (select from file where id = $1)", id_))


async def _insert(org: UUID, owner: UUID, file: File, digest: bytes) -> None:
    await db.execute(
        "insert into file (id, org, uploader, name, kind, media_type, size, sha256, stored_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *(file.id, org, owner, file.name, file.kind),
        *(file.media_type, file.size, digest, clock.now()),
    )
