"""One real relay with a real receiver of its webhooks for a module; a room of its own for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from media.messages import mint
from tests.media.receiver import Receiver
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
async def house(tmp_path: Path) -> AsyncIterator[tuple[RelayProcess, Receiver]]:
    """A relay of its own, to be killed, and its receiver."""
    async with AsyncExitStack() as stack:
        backend = Receiver()
        await backend.open()
        stack.push_async_callback(backend.close)
        server = RelayProcess(tmp_path, backend.url)
        await server.start()
        stack.push_async_callback(server.stop)
        yield server, backend


@pytest.fixture
def room() -> UUID:
    return mint()
