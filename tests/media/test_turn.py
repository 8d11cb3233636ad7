"""TURN: credentials that end by themselves, a browser that has no other way, and where a TURN server must not reach."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from aioice import stun
from aioice.turn import create_turn_endpoint

from media.messages import instant
from media.turn import LIFE, Turn
from tests.expect import eventually
from tests.media.browser import Tab, chromium
from tests.media.clients import Relay, grant
from tests.media.link import fingerprint
from tests.media.receiver import Receiver
from tests.media.sdp import Local, offer
from tests.media.server import RelayProcess
from tests.media.stage import on_air
from tests.media.turnserver import SECRET, installed, turnserver

LINK = re.compile(r'<([^>]+)>; rel="ice-server"; username="([^"]+)"; credential="([^"]+)"; credential-type="password"')
needs_coturn = pytest.mark.skipif(installed() is None, reason="coturn is not installed, and only root may install it")


def test_a_credential_is_what_the_servers_make_of_the_secret() -> None:
    turn = Turn(("turn:turn.example:3478?transport=tcp", "stun:turn.example"), "north")
    first, second = turn.links(UUID(int=7), 1_000).split(", ")
    # printf 4600:00000000-0000-0000-0000-000000000007 | openssl dgst -sha1 -hmac north -binary | base64
    assert first == (
        '<turn:turn.example:3478?transport=tcp>; rel="ice-server"; username="4600:00000000-0000-0000-0000-000000000007"'
        '; credential="KIMLbhcMBpCCY7eezam7Kx8hK8M="; credential-type="password"'
    )
    assert second == '<stun:turn.example>; rel="ice-server"'


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, backend: Receiver) -> AsyncIterator[RelayProcess]:
    folder = Path(tmp_path_factory.mktemp("turn"))
    async with turnserver(folder) as port:
        process = RelayProcess(folder / "relay", backend.url)
        urls = f"turn:127.0.0.1:{port}?transport=udp,turn:127.0.0.1:{port}?transport=tcp"
        await process.start(MEDIA_TURN_URLS=urls, MEDIA_TURN_SECRET=SECRET)
        yield process
        await process.stop()


async def ice_servers(relay: Relay, room: UUID) -> list[dict[str, str]]:
    """What the Link header of an answer names, as a browser wants it."""
    local = Local("ufra", "a password of twenty-four", fingerprint())
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {grant(room)}"}
    answer = await relay.http.post(f"/whep/{room}/host", content=offer(local, "H264"), headers=headers)
    found = LINK.findall(answer.headers["link"])
    assert all(abs(int(name.partition(":")[0]) - LIFE - instant() // 1000) < 60 for _, name, _ in found)
    return [{"urls": urls, "username": name, "credential": password} for urls, name, password in found]


@needs_coturn
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_browser_with_no_other_way_sees_the_picture(
    relay: Relay, room: UUID, server: RelayProcess, transport: str
) -> None:
    servers = [one for one in await ice_servers(relay, room) if one["urls"].endswith(transport)]
    async with chromium() as browser, on_air(relay, room):
        tab = await Tab.open(browser, server.url)
        only = {"iceServers": servers, "iceTransportPolicy": "relay"}
        await tab.call("view", f"/whep/{room}/host", grant(room), only)

        async def seen() -> bool:
            return int(await tab.figure("video", "packetsReceived")) > 200

        await eventually("media comes by the TURN server", seen, 20)


class Traveller(asyncio.DatagramProtocol):
    """What the TURN server refused to relay."""

    def __init__(self) -> None:
        self.refused: list[int] = []

    def error_received(self, exc: Exception) -> None:
        assert isinstance(exc, stun.TransactionFailed)
        self.refused.append(exc.response.attributes["ERROR-CODE"][0])


@needs_coturn
async def test_a_credential_opens_no_way_but_to_the_relay(relay: Relay, room: UUID) -> None:
    """OWASP ASVS 5.0 V17.1: not the machine's inside, not the local network, not the cloud's metadata."""
    one, *_ = await ice_servers(relay, room)
    host, _, port = one["urls"].removeprefix("turn:").partition("?")[0].partition(":")
    way, traveller = await create_turn_endpoint(Traveller, (host, int(port)), one["username"], one["credential"])
    inside = ("10.0.0.1", "192.168.1.1", "172.17.0.1", "169.254.169.254", "8.8.8.8")
    for peer in inside:
        way.sendto(b"let me in", (peer, 80))
    await eventually("each is forbidden", lambda: traveller.refused == [403] * len(inside))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as friend:
        friend.bind(("127.0.0.1", 0))
        friend.setblocking(False)
        way.sendto(b"hello", friend.getsockname())
        assert await asyncio.get_running_loop().sock_recv(friend, 99) == b"hello"
    way.close()
