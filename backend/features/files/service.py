"""Take files in as a stream. A half upload leaves nothing behind; a whole one is on the disk before it is known."""

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
from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.kit.problems import Problem, TooLarge, UnsupportedMediaType
from backend.people.principal import Principal

FULL = {errno.ENOSPC, errno.EDQUOT}
_PIECE = 1 << 20
_ABANDONED_SECONDS = 86_400


class UnlikeItsType(Problem):
    status = 422
    title = "The bytes are not of the media type that was named"


class StorageFull(Problem):
    status = 507
    title = "There is no room left for files"


def path_of(data: Path, id_: UUID) -> Path:
    """Where a file's bytes lie; the last hex digits spread them over 256 folders."""
    return data / "files" / id_.hex[-2:] / id_.hex


async def store(
    principal: Principal, name: str, content_type: str, announced: int | None, chunks: AsyncIterator[bytes], data: Path
) -> File:
    """Keep an uploaded file; `announced` is its length in bytes if the client told one.

    Raises UnsupportedMediaType, TooLarge (with the `limit`), UnlikeItsType, StorageFull.
    """
    kind = media_type(content_type)
    if (format_ := FORMATS.get(kind)) is None:
        raise UnsupportedMediaType(accepted=sorted(FORMATS))
    if announced is not None and announced > format_.limit:
        raise TooLarge(limit=format_.limit)
    id_ = uuid7()
    path = path_of(data, id_)
    part = path.with_suffix(".part")
    try:
        size, digest = await _receive(part, chunks, kind, format_)
        file = File(id_, f"/api/files/{id_}", plain_name(name), format_.kind, kind, size)
        async with db.transaction():
            await _insert(principal, file, digest)
            await asyncio.to_thread(_settle, part, path)
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


def _settle(part: Path, path: Path) -> None:
    """Give the whole file its name, so that it survives a power cut from here on."""
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def _insert(principal: Principal, file: File, digest: bytes) -> None:
    await db.execute(
        "insert into file (id, org, uploader, name, kind, media_type, size, sha256, stored_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *(file.id, principal.org, principal.employee, file.name, file.kind),
        *(file.media_type, file.size, digest, clock.now()),
    )


def sweep(data: Path) -> int:
    """Remove what killed processes left half uploaded a day ago; how many there were."""
    oldest = clock.milliseconds() / 1000 - _ABANDONED_SECONDS
    left = [part for part in (data / "files").glob("*/*.part") if part.stat().st_mtime < oldest]
    for part in left:
        part.unlink(missing_ok=True)
    return len(left)
