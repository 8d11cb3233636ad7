"""Where the backend fetches recordings, in pieces and as often as it needs to, and says that it has them."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from litestar import delete, get
from litestar.params import FromPath
from litestar.response import Stream

from media.admission import Asked, controlling, relay_of, seat_named
from media.front import Problem

_PIECE = 256 << 10
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")


@get("/recordings/{room:uuid}/{name:str}")
async def recording(request: Asked, room: FromPath[UUID], name: FromPath[str]) -> Stream:
    """A finished recording, or a range of it."""
    controlling(request, room)
    path = relay_of(request).recordings.file(room, name)
    if path is None:
        raise Problem(404, "not-found", "there is no such recording")
    return await _sent(path, request)


@delete("/recordings/{room:uuid}/{seat:str}", status_code=204)
async def forget(request: Asked, room: FromPath[UUID], seat: FromPath[str]) -> None:
    """The backend has this seat's recording. Again: nothing happens."""
    controlling(request, room)
    await relay_of(request).recordings.forget(room, seat_named(seat))


async def _sent(path: Path, asked: Asked) -> Stream:
    """A file, or the range of it that is asked for (RFC 9110 §14; one range, from its first byte on)."""
    size = (await asyncio.to_thread(path.stat)).st_size
    found = _RANGE.fullmatch(asked.headers.get("range", ""))
    start, stop = 0, size
    if found is not None:
        start, stop = int(found[1]), min(int(found[2] or size) + 1, size)
        if start >= stop:
            raise Problem(416, "range-not-satisfiable", headers={"Content-Range": f"bytes */{size}"})
    headers = {"Content-Length": str(stop - start), "Accept-Ranges": "bytes"}
    if found is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    kind = "video/mp4" if path.suffix == ".mp4" else "image/jpeg"
    return Stream(_pieces(path, start, stop), status_code=206 if found else 200, media_type=kind, headers=headers)


async def _pieces(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(os.open, path, os.O_RDONLY)
    try:
        while start < stop and (piece := await asyncio.to_thread(os.pread, file, min(_PIECE, stop - start), start)):
            start += len(piece)
            yield piece
    finally:
        os.close(file)


ROUTES = [recording, forget]
