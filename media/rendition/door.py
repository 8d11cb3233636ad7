"""HLS for viewers whose network lets nothing else through: static files behind a grant, and signed proofs of presence.

A player cannot send headers with what a list names, so the grant stands in the address of the list and is written
behind each name in it.
"""

import asyncio
import re
from pathlib import Path
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from media.admission import Asked, admitted, granted, relay_of, seat_named
from media.front import Problem
from media.grant import Grant
from media.rendition.renditions import Busy
from media.revoked import Removed, RoomClosed

_NAME = re.compile(r"(init-)?\d+\.(mp4|m4s)")
_LIST = "index.m3u8"


@get("/hls/{room:uuid}/{seat:str}/{name:str}")
async def rendered(request: Asked, room: FromPath[UUID], seat: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """The list, or a file that it names."""
    token = request.query_params.get("token", "")
    _require_watching(request, granted(request, room, token))
    folder = await _folder(request, room, seat)
    if name != _LIST and not _NAME.fullmatch(name):
        raise _nothing()
    data = await asyncio.to_thread(_read, folder, name)
    if name == _LIST:
        lines = [_with(token, line) for line in data.decode().splitlines()]
        return _answer("\n".join([*lines, ""]).encode(), "application/vnd.apple.mpegurl", "no-store")
    return _answer(data, "video/mp4", "private, max-age=60")


@post("/hls/{room:uuid}/{seat:str}/presence", status_code=204)
async def present(request: Asked, room: FromPath[UUID], seat: FromPath[str]) -> None:
    """The bearer of the grant is watching now: every four seconds or so, as long as the picture moves."""
    grant = admitted(request, room)
    _require_watching(request, grant)
    seat_named(seat)
    relay_of(request).present(grant)


def _require_watching(request: Asked, grant: Grant) -> None:
    if not grant.watch:
        raise Problem(403, "not-granted", "the grant does not let you watch")
    try:
        relay_of(request).revoked.check(grant)
    except RoomClosed as fault:
        raise Problem(403, "room-closed", "the room was closed after this grant was given") from fault
    except Removed as fault:
        raise Problem(403, "removed", "the host has removed you from this room") from fault


async def _folder(request: Asked, room: UUID, seat: str) -> Path:
    try:
        folder = await relay_of(request).renditions.folder(room, seat_named(seat))
    except Busy as fault:
        raise Problem(503, "busy", "too many renditions run", {"Retry-After": "30"}) from fault
    if folder is None:
        raise _nothing()
    if await asyncio.to_thread((folder / "unsupported").exists):
        raise Problem(409, "no-rendition", "the host sends VP8")
    return folder


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as fault:
        raise _nothing() from fault


def _with(token: str, line: str) -> str:
    if line.startswith("#EXT-X-MAP:"):
        return f'{line[:-1]}?token={token}"'
    return line if line.startswith("#") or not line else f"{line}?token={token}"


def _answer(data: bytes, kind: str, cached: str) -> Response[bytes]:
    return Response(data, media_type=kind, headers={"Cache-Control": cached})


def _nothing() -> Problem:
    return Problem(404, "not-found", "there is no such file, or not yet", {"Retry-After": "1"})


ROUTES = [rendered, present]
