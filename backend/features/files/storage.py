"""Where files lie: a folder, or a bucket of an S3-compatible store. One setting says which (`WAKE_FILES_URL`).

A file is received into a part on the local disk first and kept from there, whole, under its id: a crash leaves parts,
which `sweep` removes, and never half a file.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from uuid import UUID

import obstore
from obstore.store import ObjectStore, from_url

from backend.features.files.rules import Span
from backend.kit import clock
from backend.kit.settings import Settings

_PIECE = 256 << 10
_ABANDONED_SECONDS = 86_400


class Storage(Protocol):
    """Keeps files for ever and reads ranges of them."""

    def part(self, id_: UUID) -> Path:
        """Where a file is received; its folder need not exist."""

    async def keep(self, id_: UUID, part: Path) -> None:
        """Give the whole file in `part` its place; it survives a power cut from here on. The part is gone then."""

    def pieces(self, id_: UUID, span: Span) -> AsyncIterator[bytes]:
        """The bytes of a span, a quarter of a mebibyte at a time or so."""


class Folder:
    """Files below `root`; the last hex digits of their ids spread them over 256 folders."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, id_: UUID) -> Path:
        """Where a file's bytes lie."""
        return self.root / id_.hex[-2:] / id_.hex

    def part(self, id_: UUID) -> Path:
        """See Storage."""
        return self.path(id_).with_suffix(".part")

    async def keep(self, id_: UUID, part: Path) -> None:
        """See Storage."""
        await asyncio.to_thread(_settle, part, self.path(id_))

    async def pieces(self, id_: UUID, span: Span) -> AsyncIterator[bytes]:
        """See Storage."""
        file = await asyncio.to_thread(os.open, self.path(id_), os.O_RDONLY)
        try:
            at = span.start
            while at < span.stop and (
                piece := await asyncio.to_thread(os.pread, file, min(_PIECE, span.stop - at), at)
            ):
                at += len(piece)
                yield piece
        finally:
            os.close(file)


class Bucket:
    """Files in an object store; parts wait in a folder on the local disk."""

    def __init__(self, store: ObjectStore, parts: Path) -> None:
        self._store = store
        self._parts = Folder(parts)

    def part(self, id_: UUID) -> Path:
        """See Storage."""
        return self._parts.part(id_)

    async def keep(self, id_: UUID, part: Path) -> None:
        """See Storage; sent in parts of its own, so that a gigabyte needs no gigabyte of memory."""
        await obstore.put_async(self._store, _key(id_), part)
        await asyncio.to_thread(part.unlink)

    async def pieces(self, id_: UUID, span: Span) -> AsyncIterator[bytes]:
        """See Storage."""
        if len(span) == 0:
            return
        found = await obstore.get_async(self._store, _key(id_), options={"range": (span.start, span.stop)})
        async for piece in found.stream(min_chunk_size=_PIECE):
            yield bytes(piece)


def of(settings: Settings) -> Storage:
    """The storage of an installation: `s3://BUCKET/PREFIX` (AWS_ACCESS_KEY_ID and so on in the environment)."""
    folder = settings.data / "files"
    return Bucket(from_url(settings.files_url), folder) if settings.files_url else Folder(folder)


def sweep(settings: Settings) -> int:
    """Remove what killed processes left half received a day ago; how many there were."""
    oldest = clock.milliseconds() / 1000 - _ABANDONED_SECONDS
    left = [part for part in (settings.data / "files").glob("*/*.part") if part.stat().st_mtime < oldest]
    for part in left:
        part.unlink(missing_ok=True)
    return len(left)


def _key(id_: UUID) -> str:
    return f"{id_.hex[-2:]}/{id_.hex}"


def _settle(part: Path, path: Path) -> None:
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
