"""`/api/files`: upload once, read for ever (RFC 9110: Range, ETag, conditional requests)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, head, post
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from backend.features.files import queries, service
from backend.features.files.queries import Stored
from backend.features.files.rules import Span, span
from backend.features.files.schemas import File
from backend.features.files.service import StorageFull, UnlikeItsType
from backend.features.files.storage import Storage
from backend.kit.documented import raises
from backend.kit.problems import MEDIA_TYPE, Malformed, Problem, TooLarge, UnsupportedMediaType, document
from backend.people.principal import WakeRequest


class RangeNotSatisfiable(Problem):
    status = 416
    title = "The file ends before that range"


def _storage(request: WakeRequest) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


@post(
    "/",
    operation_id="upload",
    opt=raises(Malformed, UnsupportedMediaType, TooLarge, UnlikeItsType, StorageFull),
    request_max_body_size=None,
)
async def upload(request: WakeRequest, name: FromQuery[str]) -> File:
    """Upload an image (10 MB) or an MP4 video (200 MB) as the raw body."""
    content_type = request.headers.get("content-type", "")
    return await service.store(
        request.user, name, content_type, request.content_length, request.stream(), _storage(request)
    )


@get("/{file_id:uuid}", include_in_schema=False)
async def file(request: WakeRequest, file_id: FromPath[UUID]) -> Response[Any] | Stream:
    """The bytes, whole or one range of them."""
    found = await queries.stored(request.user, file_id)
    if request.headers.get("if-none-match") == _etag(found):
        return Response(None, status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(found))
    part = _asked(request, found)
    if part is not None and not part:
        return _not_satisfiable(found)
    sent = part or Span(0, found.size)
    headers = _headers(found) | {"content-length": str(len(sent))}
    if part:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{found.size}"
    return Stream(
        _storage(request).pieces(found.id, sent),
        status_code=HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        media_type=found.media_type,
        headers=headers,
    )


@head("/{file_id:uuid}", include_in_schema=False)
async def file_head(request: WakeRequest, file_id: FromPath[UUID]) -> Response[None]:
    """The headers of the whole file."""
    found = await queries.stored(request.user, file_id)
    headers = {"content-type": found.media_type, "content-length": str(found.size)}
    return Response(None, headers=_headers(found) | headers)


def _not_satisfiable(found: Stored) -> Response[dict[str, Any]]:
    problem = RangeNotSatisfiable()
    headers = {"content-range": f"bytes */{found.size}"}
    return Response(document(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _asked(request: WakeRequest, found: Stored) -> Span | None:
    """The range that is asked for; a range of another state of the file is the whole of this one."""
    if request.headers.get("if-range", _etag(found)) != _etag(found):
        return None
    return span(request.headers.get("range"), found.size)


def _etag(found: Stored) -> str:
    return f'"{found.sha256.hex()}"'


def _headers(found: Stored) -> dict[str, str]:
    return {
        "etag": _etag(found),
        "accept-ranges": "bytes",
        "cache-control": "private, max-age=31536000, immutable",
        "content-disposition": f"inline; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }


router = Router("/api/files", route_handlers=[upload, file, file_head], tags=["files"])
