"""The problems of each route in the OpenAPI document: most follow from its shape, the rest it declares."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Reference, Schema
from litestar.routes import HTTPRoute

from backend.kit.problems import (
    MEDIA_TYPE,
    CrossSiteRequest,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
)

_READS = {"GET", "HEAD"}
_PROBLEM = Schema(
    title="Problem",
    description="RFC 9457; some types have members of their own.",
    type=OpenAPIType.OBJECT,
    properties={
        "type": Schema(type=OpenAPIType.STRING),
        "title": Schema(type=OpenAPIType.STRING),
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": Schema(type=OpenAPIType.STRING),
    },
    required=["type", "title", "status"],
    additional_properties=True,
)
_REFERENCE = Reference(ref="#/components/schemas/Problem")


def raises(*problems: type[Problem]) -> dict[str, Any]:
    """For `opt` of a handler: what may stop it, beside what its address, body and method say by themselves."""
    return {"raises": problems}


def document_problems(app: Litestar) -> None:
    """Complete the app's OpenAPI document, once and before it is written."""
    schema = app.openapi_schema
    schema.components.schemas["Problem"] = _PROBLEM
    paths = schema.paths or {}
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods:
                item = paths.get(route.path_format)
                operation: Operation | None = getattr(item, method.lower(), None)
                if operation is not None and operation.responses is not None:
                    operation.responses.pop("400", None)  # what Litestar would have answered
                    operation.responses |= _responses({*_expected(handler, method, operation)})


def _expected(handler: HTTPRouteHandler, method: str, operation: Operation) -> Iterator[type[Problem]]:
    """What stops a request before its handler, things that do not exist, and what the handler declares."""
    parameters = [each for each in operation.parameters or () if not isinstance(each, Reference)]
    queries = [each for each in parameters if each.param_in == "query"]
    if not handler.opt.get("public"):
        yield Unauthenticated
    if method not in _READS:
        yield CrossSiteRequest
    if len(parameters) > len(queries):
        yield NotFound
    if operation.request_body:
        yield from (Malformed, TooLarge, Invalid)
    if queries:
        yield Invalid
    if any(each.required for each in queries):
        yield Malformed
    yield from handler.opt.get("raises", ())


def _responses(problems: set[type[Problem]]) -> dict[str, OpenAPIResponse]:
    """By status; every other one is a problem too, such as a part that is restarting."""
    ordered = sorted(problems, key=lambda problem: (problem.status, problem.type()))
    told = {
        str(status): "\n".join(f"`{problem.type()}`: {problem.title}." for problem in group)
        for status, group in groupby(ordered, key=attrgetter("status"))
    }
    return {status: _response(text) for status, text in (told | {"default": "Any other problem."}).items()}


def _response(text: str) -> OpenAPIResponse:
    return OpenAPIResponse(description=text, content={MEDIA_TYPE: OpenAPIMediaType(schema=_REFERENCE)})
