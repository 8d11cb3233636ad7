"""One real relay with a real receiver of its webhooks for a module; a room of its own for each test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from media.messages import mint
from tests.media.receiver import Receiver
from tests.media.scenes import SCENES, Scene
from tests.media.server import RelayProcess
from tests.media.signalling import Relay


@pytest.fixture(scope="module")
async def backend() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.open()
    yield receiver
    await receiver.close()


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, backend: Receiver) -> AsyncIterator[RelayProcess]:
    process = RelayProcess(Path(tmp_path_factory.mktemp("relay")), backend.url)
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def relay(server: RelayProcess) -> AsyncIterator[Relay]:
    async with Relay(server.url) as door:
        yield door


@pytest.fixture
def room() -> UUID:
    return mint()


@pytest.fixture(scope="session")
async def playing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[Scene, asyncio.Task[None]]]:
    """The scenes that take their time, all at once on a relay of their own; test_stays sees them to their end."""
    audience = Receiver()
    await audience.open()
    stage = RelayProcess(Path(tmp_path_factory.mktemp("scenes")), audience.url)
    await stage.start()
    async with Relay(stage.url) as door:
        scenes = {scene: asyncio.create_task(scene(door, mint(), audience)) for scene in SCENES}
        yield scenes
        for task in scenes.values():
            task.cancel()
        await asyncio.wait(scenes.values())
    await stage.stop()
    await audience.close()
