"""Fetch what the relay recorded: in pieces, going on where a killed worker was, believed only by its checksum."""

import asyncio
import fcntl
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import httpx

from backend.features.live import media
from backend.features.live.messages import Document, Recorded

PIECE = 8 << 20
"""Bytes of one request: each has a grant of its own, which is good for a minute."""
SECONDS = 30.0


class Torn(Exception):
    """What was fetched is not what the relay had announced; it is fetched again."""


async def fetch(told: Recorded, document: Document, part: Path) -> bytes:
    """Bring a document of a recording into `part`; its SHA-256. Raises httpx.HTTPError, Torn, BlockingIOError."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as out:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a worker taken for dead may still be at it
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as relay:
            while (have := out.tell()) < document.bytes:
                await _piece(relay, told, document, out, have)
        await asyncio.to_thread(os.fsync, out.fileno())
        digest = await asyncio.to_thread(_digest, part)
        if digest.hex() != document.sha256:
            out.truncate(0)
            raise Torn(f"{document.name} of {told.room}")
    return digest


async def forget(told: Recorded) -> None:
    """Tell the relay that we have this recording, and only that one: another may have one of the same seat. Again:
    nothing happens. Raises httpx.HTTPError."""
    url, control = media.recording(told)
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as relay:
        (await relay.delete(f"{url}/{told.seat}", headers=control)).raise_for_status()


async def _piece(relay: httpx.AsyncClient, told: Recorded, document: Document, out: BinaryIO, have: int) -> None:
    url, control = media.recording(told)
    asked = {"Range": f"bytes={have}-{min(have + PIECE, document.bytes) - 1}"}
    async with relay.stream("GET", f"{url}/{document.name}", headers=control | asked) as answer:
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise Torn(f"{document.name} of {told.room}: no piece")
        async for chunk in answer.aiter_bytes():
            await asyncio.to_thread(out.write, chunk)
    await asyncio.to_thread(out.flush)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
