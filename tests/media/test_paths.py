"""Ways to the relay: IPv4 and IPv6, UDP and TCP, for viewers and publishers, whoever is where."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest

from tests.expect import eventually
from tests.house import free_ports
from tests.media.browser import Tab, chromium
from tests.media.clients import Relay, grant
from tests.media.link import binding_request
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess
from tests.media.stage import assert_whole, on_air, watching


@asynccontextmanager
async def serving(folder: Path, backend: Receiver, **environ: str) -> AsyncIterator[RelayProcess]:
    """A relay on loopback's addresses of both families, its media beside HTTP's port."""
    process = RelayProcess(folder, backend.url)
    both = {"MEDIA_BIND": "::", "MEDIA_ADDRESSES": "127.0.0.1,::1", "MEDIA_UDP_PORT": str(free_ports(1))}
    await process.start(**both, **environ)
    try:
        yield process
    finally:
        await process.stop()


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, backend: Receiver) -> AsyncIterator[RelayProcess]:
    async with serving(Path(tmp_path_factory.mktemp("relay")), backend) as process:
        yield process


@pytest.mark.parametrize("compiled", ["1", "0"])
async def test_both_families_and_tcp_watch_one_publisher(
    tmp_path: Path, backend: Receiver, room: UUID, compiled: str
) -> None:
    async with (
        serving(tmp_path, backend, MEDIA_COMPILED=compiled) as server,
        Relay(server.url) as relay,
        on_air(relay, room, ipv6=True),
        watching(relay, room) as four,
        watching(relay, room, ipv6=True) as six,
        watching(relay, room, tcp=True) as tcp,
    ):
        everybody = (four, six, tcp)
        await eventually("pictures", lambda: all(one.pictured() for one in everybody))
        await eventually("packets", lambda: all(one.video.received > 300 for one in everybody))
        await eventually("no hole is left", lambda: not any(one.video.holes for one in everybody))
        for one in everybody:
            assert_whole(one.video)


async def test_http_is_served_on_both_families(server: RelayProcess) -> None:
    for host in ("127.0.0.1", "[::1]"):
        async with Relay(f"http://{host}:{server.port}") as relay:
            assert (await relay.http.get("/health")).json()["status"] == "ok"


async def test_who_may_use_tcp_only_publishes_and_watches(relay: Relay, room: UUID) -> None:
    async with (
        on_air(relay, room, tcp=True, ipv6=True),
        watching(relay, room, tcp=True, ipv6=True) as strict,
        watching(relay, room) as free,
    ):
        await eventually("pictures", lambda: strict.pictured() and free.pictured())
        await eventually("packets", lambda: strict.video.received > 300 and free.video.received > 300)
        assert_whole(strict.video)
        assert_whole(free.video)
        assert_whole(strict.audio)


async def test_chromium_publishes_and_watches_by_tcp(server: RelayProcess, room: UUID) -> None:
    async with chromium() as browser:
        host, viewer = await Tab.open(browser, server.url), await Tab.open(browser, server.url)
        for tab in (host, viewer):
            await tab.page.evaluate("window.only = 'tcp'")
        await host.call("publish", f"/whip/{room}/host", grant(room, publish=["host"]), "H264")
        await viewer.call("view", f"/whep/{room}/host", grant(room))

        async def seen() -> bool:
            return int(await viewer.figure("video", "framesDecoded")) > 30

        await eventually("frames are decoded", seen, 20)


async def unsent(relay: Relay) -> int:
    return int((await relay.http.get("/health")).json()["counters"]["unsent"])


async def test_a_slow_connection_loses_packets_and_holds_nobody(relay: Relay, room: UUID) -> None:
    async with (
        on_air(relay, room) as host,
        watching(relay, room, tcp=True, nack=False) as slow,
        watching(relay, room, tcp=True) as quick,
        watching(relay, room) as other,
    ):
        await eventually("pictures", lambda: slow.pictured() and quick.pictured() and other.pictured())
        lost, before = await unsent(relay), other.video.received
        slow.link.pause()

        async def dropped() -> bool:
            return await unsent(relay) > lost + 200

        await eventually("media for the slow one is dropped", dropped, 20)
        asked, keys = host.key_frames, slow.video.key_frames
        slow.link.go_on()
        await eventually("a key frame is asked for", lambda: host.key_frames > asked)
        await eventually("the slow one has a picture again", lambda: slow.video.key_frames > keys)
        assert slow.connected
        assert other.video.received > before + 200
        for one in (quick, other):
            assert_whole(one.video)
            assert_whole(one.audio)


async def test_what_comes_by_tcp_and_is_no_browser_is_shown_out(
    relay: Relay, server: RelayProcess, room: UUID
) -> None:
    check = binding_request(bytes(12), "nobody:known", "a password of nobody")

    async def shown_out(sent: bytes) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.environ["MEDIA_UDP_PORT"]))
        writer.write(sent)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        return True

    strange = (b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff" + bytes(70_000), len(check).to_bytes(2, "big") + check, b"\0")
    async with asyncio.timeout(10):
        assert all(await asyncio.gather(*(shown_out(sent) for sent in strange)))
    async with on_air(relay, room), watching(relay, room, tcp=True) as viewer:
        await eventually("the relay goes on", viewer.pictured)
