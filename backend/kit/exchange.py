"""Requests on their way in and answers on their way out, without what Litestar does for apps of other kinds."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send

_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.encode


class Asked(Request[Any, Any, State]):
    """The app's request class: the length of a body is read from its one header, not by parsing all of them."""

    @property
    def content_length(self) -> int | None:
        """Bytes of the body, if announced; the server has refused what is no number."""
        return next((int(value) for name, value in self.scope["headers"] if name == b"content-length"), None)


class Answer(Response[Any]):
    """The app's response class, made by Litestar for a handler that returns no `Response` of its own.

    Always JSON (or nothing, with 204), never cookies: what is left of Litestar's own class, which lets everything be
    overridden and took a tenth of a check-in's CPU.
    """

    def __init__(self, content: object, *, status_code: int | None = None, **_: object) -> None:
        self.content = content
        self.status_code = status_code

    def to_asgi_response(  # type: ignore[override]  # Litestar passes nine arguments more, all of them unset here
        self, app: object, request: Request[Any, Any, Any], *, headers: dict[str, str] | None = None, **_: object
    ) -> ASGIApp:
        """The ASGI application that sends it, under the app's `headers`."""
        status, common = self.status_code or HTTPStatus.OK, headers or {}
        lines = [(name.encode(), value.encode()) for name, value in common.items()]
        body = b""
        if status != HTTPStatus.NO_CONTENT:
            body = _encode(self.content)
            lines += [_JSON, (b"content-length", b"%d" % len(body))]

        async def send_all(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": status, "headers": lines})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return send_all
