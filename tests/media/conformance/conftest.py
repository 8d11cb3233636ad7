"""Which server is asked: the one the options name, else our own relay."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from media.messages import mint
from tests.media.clients import grant
from tests.media.conformance.endpoint import Endpoint, Kind
from tests.media.server import RelayProcess

KINDS: tuple[Kind, ...] = ("whip", "whep")


def pytest_addoption(parser: pytest.Parser) -> None:
    for kind in KINDS:
        parser.addoption(f"--{kind}", default="", help=f"URL of the {kind.upper()} endpoint to be tried")
        parser.addoption(f"--{kind}-token", default="", help="its bearer token")


@pytest.fixture(scope="module")
async def endpoints(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[Kind, Endpoint]]:
    async with httpx.AsyncClient(timeout=10, trust_env=False, follow_redirects=True) as http:
        asked = {kind: str(pytestconfig.getoption(f"--{kind}", "")) for kind in KINDS}
        if any(asked.values()):
            yield {
                kind: Endpoint(http, kind, url, str(pytestconfig.getoption(f"--{kind}-token", "")))
                for kind, url in asked.items()
                if url
            }
            return
        relay = RelayProcess(Path(tmp_path_factory.mktemp("relay")), "http://127.0.0.1:9/")
        await relay.start()
        room = mint()
        tokens = {"whip": grant(room, device="a laptop", publish=["host"]), "whep": grant(room)}
        yield {kind: Endpoint(http, kind, f"{relay.url}/{kind}/{room}/host", tokens[kind]) for kind in KINDS}
        await relay.stop()


def named(endpoints: dict[Kind, Endpoint], kind: Kind) -> Endpoint:
    if kind not in endpoints:
        pytest.skip(f"no {kind.upper()} endpoint was named")
    return endpoints[kind]


@pytest.fixture(params=KINDS)
def endpoint(request: pytest.FixtureRequest, endpoints: dict[Kind, Endpoint]) -> Endpoint:
    return named(endpoints, request.param)


@pytest.fixture
def whip(endpoints: dict[Kind, Endpoint]) -> Endpoint:
    return named(endpoints, "whip")


@pytest.fixture
def whep(endpoints: dict[Kind, Endpoint]) -> Endpoint:
    return named(endpoints, "whep")
