"""A house in the middle of a deployment: another version of the service worker, a backend that is just restarting."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import uvicorn

from tests.house import House, free_ports

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[..., Awaitable[None]]

_NOT_PASSED_ON = {
    *(b"connection", b"host", b"date", b"server", b"content-length", b"transfer-encoding"),
    *(b"accept-encoding", b"etag", b"if-none-match"),  # what is sent may be another text
}


class Deployment:
    """A proxy before the house: `worker` is put behind its service worker; while `restarting`, acts get 503."""

    def __init__(self, house: House) -> None:
        self.worker = b""
        self.restarting = False
        self._port = free_ports(1)
        self.url = f"http://localhost:{self._port}"
        self._house = httpx.AsyncClient(base_url=house.url, timeout=30)
        config = uvicorn.Config(
            self._answer, port=self._port, ws="none", lifespan="off", interface="asgi3", log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Deployment":
        self._task = asyncio.create_task(self._server.serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        await self._house.aclose()

    async def _answer(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = b""
        while (event := await receive()).get("more_body"):
            body += event["body"]
        body += event.get("body", b"")
        if self.restarting and scope["method"] == "POST":
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_PASSED_ON]
        headers.append((b"accept-encoding", b"identity"))
        target = httpx.URL(path=scope["path"], query=scope["query_string"])
        reply = await self._house.request(scope["method"], target, headers=headers, content=body)
        content = reply.content + (self.worker if scope["path"] == "/service-worker.js" else b"")
        kept = [(name.lower(), value) for name, value in reply.headers.raw if name.lower() not in _NOT_PASSED_ON]
        kept.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": reply.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": content})
