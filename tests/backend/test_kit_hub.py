"""Sockets over a real server: topics, catching up, one-time tickets, slow readers, expulsion, two processes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backend.kit import hub as module
from backend.kit.clock import travel
from backend.kit.hub import Hub
from backend.kit.ids import uuid7
from backend.kit.settings import Settings
from tests.expect import eventually


async def serve(hub: Hub, protocol: str) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    server = uvicorn.Server(
        uvicorn.Config(hub, "127.0.0.1", 0, lifespan="off", ws=protocol, ws_per_message_deflate=False,
                       log_level="error", timeout_graceful_shutdown=1)
    )  # fmt: skip
    task = asyncio.create_task(server._serve())
    await eventually("the server listens", lambda: server.started)
    return server, task


class House:
    """Two processes' worth of hubs on one Redis; `join` opens a socket on the first."""

    def __init__(self, hub: Hub, other: Hub, port: int) -> None:
        self.hub, self.other, self.port = hub, other, port

    def join(
        self, *topics: str, person: UUID | None = None, more: str = "", ticket: str = "", **headers: str
    ) -> AbstractAsyncContextManager[ClientConnection]:
        ticket = ticket or self.hub.ticket(person or uuid7(), topics)
        return connect(
            f"ws://127.0.0.1:{self.port}/api/ws?ticket={ticket}{more}", proxy=None, additional_headers=headers,
            compression=None, close_timeout=0.5,
        )  # fmt: skip


@pytest_asyncio.fixture(scope="module", params=["backend.kit.frames:FrameProtocol", "websockets-sansio"])
async def house(kit: Settings, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    hub, other = Hub(), Hub()
    server, task = await serve(hub, request.param)
    relays = [asyncio.create_task(one.relay()) for one in (hub, other)]
    port = server.servers[0].sockets[0].getsockname()[1]
    house = House(hub, other, port)
    async with house.join("ready") as socket:

        async def heard() -> bool:
            await other.publish("ready", b"0")
            with suppress(TimeoutError):
                return bool(await asyncio.wait_for(socket.recv(), 0.2))
            return False

        await eventually("both hear each other", heard)
    yield house
    for relay in relays:
        relay.cancel()
    server.should_exit = True
    await task


async def events(socket: ClientConnection, count: int) -> list[Any]:
    """The next so many events, however they are framed."""
    found: list[Any] = []
    while len(found) < count:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 5))
        assert isinstance(frame, list)
        found += frame
    return found


async def test_only_those_who_listen_to_a_topic_are_told_in_order(house: House) -> None:
    async with house.join("room:a", "unit:u") as anna, house.join("room:b") as ben:
        for number in range(50):
            await house.hub.publish("room:a", str(number).encode())
        await house.hub.publish("unit:u", b'{"type":"live"}')
        await house.hub.publish("room:b", '"später"'.encode())
        assert await events(anna, 51) == [*range(50), {"type": "live"}]
        assert await events(ben, 1) == ["später"]


async def test_what_another_process_publishes_arrives(house: House) -> None:
    async with house.join("room:far") as socket:
        await house.other.publish("room:far", b"1")
        await house.hub.publish("room:far", b"2")
        assert sorted(await events(socket, 2)) == [1, 2]


async def test_a_late_client_gets_what_it_missed_before_what_is_new(house: House) -> None:
    async def missed(topic: str, since: int) -> list[bytes]:
        await house.hub.publish(topic, b"100")  # told while the past is still being read
        return [str(number).encode() for number in range(since + 1, 5)]

    house.hub.on_subscribe("story:", missed)
    async with house.join("story:x", more="&since=2") as socket:
        assert await events(socket, 3) == [3, 4, 100]
    async with house.join("story:x") as socket:
        await house.hub.publish("story:x", b"7")
        assert await events(socket, 1) == [7]


async def test_a_ticket_opens_one_socket_once(house: House) -> None:
    ticket = house.hub.ticket(uuid7(), ["room:t"])
    async with house.join(ticket=ticket):
        with pytest.raises(InvalidStatus, match="403"):
            async with house.join(ticket=ticket):
                raise AssertionError


@pytest.mark.parametrize("ticket", ["x", "a.b", "%00", "…"])
async def test_what_is_no_ticket_opens_nothing(house: House, ticket: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with house.join(ticket=ticket):
            raise AssertionError


async def test_an_old_ticket_opens_nothing(house: House) -> None:
    with travel(datetime(2020, 1, 1, tzinfo=UTC)):
        ticket = house.hub.ticket(uuid7(), ["room:t"])
    with pytest.raises(InvalidStatus, match="403"):
        async with house.join(ticket=ticket):
            raise AssertionError


async def test_another_site_cannot_open_a_socket(house: House) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with house.join("room:o", Origin="http://evil.test"):
            raise AssertionError
    async with house.join("room:o", Origin=f"http://127.0.0.1:{house.port}"):
        assert house.hub.sockets("room:o") == 1


async def test_the_expelled_hear_a_farewell_and_are_gone_on_every_process(house: House) -> None:
    person = uuid7()
    ticket = house.hub.ticket(person, ["room:e"])
    async with house.join("room:e", person=person) as socket, house.join("room:e") as another:
        await house.other.expel(person, b'{"type":"left"}')
        assert await events(socket, 1) == [{"type": "left"}]
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
        assert socket.close_code == 4403
        with pytest.raises(InvalidStatus, match="403"):
            async with house.join(ticket=ticket):
                raise AssertionError
        await house.hub.publish("room:e", b"1")
        assert await events(another, 1) == [1]


async def test_what_a_client_says_is_not_heard(house: House) -> None:
    async with house.join("room:deaf") as socket:
        for text in ("x", "{}", '["a"]'):
            await socket.send(text)
        await house.hub.publish("room:deaf", b"1")
        assert await events(socket, 1) == [1]


async def test_a_reader_that_does_not_keep_up_is_dropped_and_holds_nobody_up(house: House) -> None:
    large = b'"' + b"x" * 50_000 + b'"'
    async with house.join("room:slow") as slow, house.join("room:slow") as quick:
        slow.transport.pause_reading()
        for _ in range(600):
            await house.hub.publish("room:slow", large)
            await events(quick, 1)
        await eventually("only the quick one is left", lambda: house.hub.sockets("room:slow") == 1)
        slow.transport.resume_reading()


async def test_big_rooms_are_told_at_most_ten_times_a_second(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BIG_ROOM", 1)
    async with house.join("room:big") as socket, house.join("room:big"):
        for number in range(100):
            house.hub.tell("room:big", str(number).encode())
        assert json.loads(await socket.recv()) == list(range(100))


@pytest.mark.parametrize("size", [0, 1, 122, 123, 124, 125, 65_530, 65_531, 65_532, 65_533, 65_534, 300_000])
async def test_frames_of_every_length_arrive(house: House, size: int) -> None:
    async with house.join("room:size") as socket:
        house.hub.tell("room:size", b'"' + b"x" * size + b'"')
        assert await events(socket, 1) == ["x" * size]


async def test_empty_rooms_are_forgotten(house: House) -> None:
    async with house.join("room:gone"):
        assert house.hub.sockets("room:gone") == 1
    await eventually("the room is empty", lambda: house.hub.sockets("room:gone") == 0)
    assert "room:gone" not in house.hub._rooms
