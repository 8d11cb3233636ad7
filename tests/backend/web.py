"""Web processes of the backend, and what a phone hears from them."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from backend.kit.settings import Settings
from tests.backend.live import MEDIA_SECRET
from tests.cast import Actor
from tests.expect import eventually
from tests.house import free_ports

SECRETS = {"WAKE_SECRET": "a secret of the tests, 32 characters", "WAKE_MEDIA_SECRET": MEDIA_SECRET}


def serve(settings: Settings, port: int) -> "subprocess.Popen[bytes]":
    environment = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, **SECRETS}
    environment |= {"WAKE_MEDIA_SECRET": settings.media_secret, "WAKE_DATA": str(settings.data)}
    environment |= {"WAKE_PORT": str(port), "WAKE_POOL": "4"}
    return subprocess.Popen([sys.executable, "-m", "backend", "backend"], env=environment)


@asynccontextmanager
async def web(settings: Settings) -> AsyncIterator[str]:
    """A web process; its address."""
    port = free_ports(1)
    process = serve(settings, port)
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=address) as client:

            async def answers() -> bool:
                try:
                    return (await client.get("/api/openapi.json")).is_success
                except httpx.TransportError as fault:
                    raise AssertionError(repr(fault)) from fault

            await eventually("the process answers", answers, 30)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


class Ear:
    """A phone's socket: everything it hears, as its client keeps it (a number it has is not taken again)."""

    def __init__(self, socket: ClientConnection, seq: int) -> None:
        self.socket, self.heard, self.seq = socket, list[Any](), seq
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for frame in self.socket:
            for event in json.loads(frame):
                if event.get("seq", 0) in {0, self.seq + 1}:
                    self.heard.append(event)
                    self.seq += event.get("seq", 0) > 0
                else:
                    assert event["seq"] <= self.seq, "a hole"

    def texts(self) -> list[str]:
        return [event["data"]["text"] for event in self.heard if event["type"] == "message"]

    def count(self, kind: str) -> int:
        return sum(event["data"]["count"] for event in self.heard if event["type"] == kind)


@asynccontextmanager
async def listening(actor: Actor, ticket: str, seq: int) -> AsyncIterator[Ear]:
    address = str(actor.client.base_url).replace("http", "ws", 1).rstrip("/")
    async with connect(f"{address}/api/ws?ticket={ticket}&since={seq}", proxy=None, close_timeout=0.5) as socket:
        ear = Ear(socket, seq)
        yield ear
        ear.task.cancel()
