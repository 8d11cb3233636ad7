"""The way into the app for every test: what a route answers has to be documented for it."""

import json
import re
from http import HTTPStatus
from typing import Any

import httpx

from backend.app import App
from backend.kit.problems import MEDIA_TYPE


class Contracted(httpx.ASGITransport):
    """No network, the same loop; the app's crashes are answers, as on a server."""

    def __init__(self, app: App) -> None:
        super().__init__(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's scopes are TypedDicts
        self._operations = _operations(app.litestar.openapi_schema.to_schema())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        told = self._told(request)
        if told is not None and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            documented = told.get(str(response.status_code))
            asked = f"{request.method} {request.url.path} → {response.status_code}"
            assert documented is not None, f"{asked} is not documented"
            if response.headers.get("content-type") == MEDIA_TYPE:
                kind = json.loads(await response.aread())["type"]
                assert f"`{kind}`" in documented["description"], f"{asked} {kind} is not documented"
        return response

    def _told(self, request: httpx.Request) -> dict[str, Any] | None:
        path, method = request.url.path.rstrip("/"), request.method
        return next((told for verb, shape, told in self._operations if verb == method and shape.fullmatch(path)), None)


def _operations(document: dict[str, Any]) -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    """Method, address and documented answers; addresses without parameters come first."""
    return [
        (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["responses"])
        for path, item in sorted(document["paths"].items(), key=lambda each: each[0].count("{"))
        for method, operation in item.items()
    ]
