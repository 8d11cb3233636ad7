"""Errors as the wire tells them: `application/problem+json` (RFC 9457), every one of them.

A fact that a client can meet is a `Problem` subclass; its class name is its type. The PWA has a
sentence for each; `tests/golden/problems.json` lists them.
"""

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, ClassVar

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

_log = logging.getLogger("wake.problems")

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 2


class Problem(Exception):
    """An expected failure. `members` are extension members of the problem document, camelCase."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request is not acceptable"

    def __init__(self, detail: str = "", **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members = members

    @classmethod
    def type(cls) -> str:
        """`/problems/` and the class name in kebab case."""
        return "/problems/" + re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class Malformed(Problem):
    status = 400
    title = "The request cannot be read"


class Unauthenticated(Problem):
    status = 401
    title = "Log in first"


class Forbidden(Problem):
    status = 403
    title = "Your role does not allow this here"


class CrossSiteRequest(Problem):
    status = 403
    title = "Another site may not act for you"


class NotFound(Problem):
    status = 404
    title = "There is no such thing for you"


class MethodNotAllowed(Problem):
    status = 405
    title = "This address does not know that method"


class Conflict(Problem):
    status = 409
    title = "Something changed in between"


class TooLarge(Problem):
    status = 413
    title = "That is too large"


class UnsupportedMediaType(Problem):
    status = 415
    title = "That media type is not understood here"


class Invalid(Problem):
    status = 422
    title = "Some values are not acceptable"


class TooMany(Problem):
    """Has the member `retryAfter` (seconds), also sent as the Retry-After header."""

    status = 429
    title = "Too many attempts, try again later"


class Broken(Problem):
    status = 500
    title = "Something broke on our side"


class Unavailable(Problem):
    """A part that is needed is away for the moment; sending the same again is safe."""

    status = 503
    title = "A part of the platform is restarting"


_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        Malformed,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        TooMany,
        Unavailable,
    )
}


def registry(base: type[Problem] = Problem) -> dict[str, dict[str, int | str]]:
    """Every problem type that is loaded: type → its title and status."""
    found: dict[str, dict[str, int | str]] = {}
    for kind in base.__subclasses__():
        found[kind.type()] = {"title": kind.title, "status": kind.status}
        found |= registry(kind)
    return dict(sorted(found.items()))


def document(problem: Problem) -> dict[str, Any]:
    """The problem as RFC 9457 §3 writes it."""
    detail = {"detail": problem.detail} if problem.detail else {}
    return {"type": problem.type(), "title": problem.title, "status": problem.status, **detail, **problem.members}


def headers(problem: Problem) -> dict[str, str]:
    """The headers that go with it."""
    if isinstance(problem, Unavailable):
        return {"retry-after": str(_RETRY_SECONDS)}
    after = problem.members.get("retryAfter")
    return {} if after is None else {"retry-after": str(after)}


def _respond(problem: Problem) -> Response[dict[str, Any]]:
    return Response(
        document(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers(problem)
    )


def _expected(_: Request[Any, Any, Any], fault: Problem) -> Response[dict[str, Any]]:
    return _respond(fault)


def _http(_: Request[Any, Any, Any], fault: HTTPException) -> Response[dict[str, Any]]:
    """What Litestar refuses by itself: wrong values, unknown routes, unreadable bodies."""
    if fault.status_code == HTTPStatus.BAD_REQUEST and (errors := list(_errors(fault))):
        return _respond(Invalid(errors=errors))
    other = Malformed if fault.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else Broken
    return _respond(_BY_STATUS.get(fault.status_code, other)())


def _errors(fault: HTTPException) -> Iterable[dict[str, str]]:
    """Where and what, one per wrong value; `path` is a JSON pointer (RFC 6901) from the source."""
    if isinstance(fault.__cause__, msgspec.ValidationError):
        message, _, where = str(fault.__cause__).partition(" - at `$")
        yield {"path": _pointer("body", where.rstrip("`")), "message": message}
        return
    for one in fault.extra if isinstance(fault.extra, list) else ():
        source, key, message = (str(one.get(part, "")) for part in ("source", "key", "message"))
        yield {"path": _pointer(source, key), "message": message}


def _pointer(source: str, path: str) -> str:
    """Litestar names the body `data`, after the handler's parameter."""
    parts = [part for part in re.split(r"[.\[\]]+", path) if part]
    return "/" + "/".join([source, *(parts[1:] if parts[:1] == ["data"] else parts)])


def _unkeepable(_: Request[Any, Any, Any], __: asyncpg.PostgresError) -> Response[dict[str, Any]]:
    """PostgreSQL keeps every character but NUL."""
    return _respond(Invalid("a text holds a NUL character"))


def _too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[dict[str, Any]]:
    """JSON that is nested a thousand deep; no code of ours recurses on what it was sent."""
    return _respond(Malformed())


def _away(_: Request[Any, Any, Any], fault: Exception) -> Response[dict[str, Any]]:
    _log.warning("unavailable: %r", fault)
    return _respond(Unavailable())


def _broken(request: Request[Any, Any, Any], fault: Exception) -> Response[dict[str, Any]]:
    """A bug of ours: told without its reason, which is in the log."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=fault)
    return _respond(Broken())


exception_handlers: ExceptionHandlersMap = {
    Problem: _expected,
    HTTPException: _http,
    RecursionError: _too_deep,
    asyncpg.CharacterNotInRepertoireError: _unkeepable,
    asyncpg.UntranslatableCharacterError: _unkeepable,
    OSError: _away,
    TimeoutError: _away,
    asyncpg.PostgresConnectionError: _away,
    asyncpg.InterfaceError: _away,
    asyncpg.InternalClientError: _away,
    asyncpg.CannotConnectNowError: _away,
    asyncpg.AdminShutdownError: _away,
    asyncpg.CrashShutdownError: _away,
    asyncpg.TooManyConnectionsError: _away,
    Exception: _broken,
}
