"""The outbox: nothing told is lost, everything arrives in order per room, and nothing grows without bound."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from uuid import UUID

import pytest

from media.journal import Journal, Live, OnAir
from media.messages import AnyMessage, Beat, Joined, Left, Present, instant, mint
from media.post import Line
from media.spool import Spool
from media.webhooks import Outbox
from tests.expect import eventually
from tests.media.receiver import Receiver
from tests.media.talker import ROOMS, Told


def joined(room: UUID) -> Joined:
    return Joined(room=room, stay=mint(), person=mint(), device="a phone")


def left(room: UUID) -> Left:
    return Left(room=room, stay=mint(), person=mint(), device="a phone", reason="bye")


def beat(room: UUID, people: int = 0) -> Beat:
    crowd = tuple(Present(stay=mint(), person=mint(), device="a phone", media_ms=10_000) for _ in range(people))
    return Beat(room=room, people=crowd)


@asynccontextmanager
async def running(told: Told) -> AsyncIterator[Outbox]:
    outbox = Outbox(told)
    run = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        run.cancel()
        await asyncio.wait([run])
        outbox.close()


@pytest.fixture
async def backend() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.open()
    yield receiver
    await receiver.close()


@pytest.fixture
def told(tmp_path: Path, backend: Receiver) -> Told:
    return Told(spool=tmp_path / "spool", webhook=backend.url)


async def test_messages_arrive_in_order_per_room(told: Told, backend: Receiver) -> None:
    sent: list[AnyMessage] = []
    for room in ROOMS * 20:
        sent += [joined(room), beat(room), left(room)]
    async with running(told) as outbox:
        for message in sent:
            outbox.send(message)
        for room in ROOMS:
            assert await outbox.drained(room, 5)
            assert [m for m in backend.messages if m.room == room] == [m for m in sent if m.room == room]
        assert outbox.waiting == 0


async def test_send_takes_less_than_two_milliseconds(told: Told) -> None:
    async with running(told) as outbox:
        took = []
        for message in [beat(room, people=100) for _ in range(100) for room in ROOMS]:
            start = time.perf_counter()
            outbox.send(message)
            took.append(time.perf_counter() - start)
        assert sorted(took)[len(took) // 2] < 0.002


async def test_a_backend_away_for_long_gets_everything_in_order(told: Told, backend: Receiver) -> None:
    room = ROOMS[0]
    await backend.close()
    sent = [joined(room) for _ in range(200)]
    async with running(told) as outbox:
        for message in sent:
            outbox.send(message)
        assert not await outbox.drained(room, 0.5)
    async with running(told) as outbox:
        assert outbox.waiting == len(sent)
        await backend.open()
        assert await outbox.drained(room, 5)
    assert backend.messages == sent


async def test_rooms_share_a_line_that_is_opened_anew_when_the_backend_was_away(told: Told, backend: Receiver) -> None:
    sent: list[AnyMessage] = []
    async with running(told) as outbox:
        for room in [*ROOMS, *ROOMS]:
            if len(sent) == len(ROOMS):
                assert backend.lines == 1
                await backend.close()
                await backend.open()
            sent.append(joined(room))
            outbox.send(sent[-1])
            assert await outbox.drained(room, 5)
    assert backend.messages == sent
    assert backend.lines == 2


@pytest.mark.parametrize("trouble", [408, 425, 429, 500, 502, 503, 302])
async def test_trouble_is_tried_again(trouble: int, told: Told, backend: Receiver) -> None:
    backend.answers = chain([trouble, trouble], repeat(204))
    sent: list[AnyMessage] = [joined(ROOMS[0]), left(ROOMS[0])]
    async with running(told) as outbox:
        for message in sent:
            outbox.send(message)
        assert await outbox.drained(ROOMS[0], 5)
    assert backend.messages == sent
    assert backend.posts == len(sent) + 2


@pytest.mark.parametrize("refusal", [400, 401, 404, 409, 422])
async def test_a_refused_message_is_kept_aside_and_the_next_one_goes_on(
    refusal: int, told: Told, backend: Receiver
) -> None:
    backend.answers = chain([refusal], repeat(200))
    bad, good = joined(ROOMS[0]), left(ROOMS[0])
    async with running(told) as outbox:
        outbox.send(bad)
        outbox.send(good)
        assert await outbox.drained(ROOMS[0], 5)
    assert backend.messages == [good]
    assert [path.name for path in (told.spool / "refused").iterdir()] == [f"{bad.id}.json"]


ODD = {
    b"HTTP/1.1 204 No Content\r\n\r\n": 204,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n": 200,
    b"HTTP/1.0 200 OK\r\n\r\n{}": 200,
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}": 200,
    b"HTTP/1.1 503\r\nContent-Length: 99999999\r\n\r\n": 503,
    b"220 mail.example ESMTP\r\n\r\n": None,
    b"\r\n\r\n": None,
    b"": None,
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000: None,
}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:24].decode().strip() or "nothing")
async def test_odd_answers_are_a_status_or_a_fault_that_is_named(odd: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(odd)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        line = Line(f"http://127.0.0.1:{port}/api")
        try:
            status: int | None = await line.post(b"", {})
        except (OSError, EOFError, ValueError):
            status = None
        line.close()
        assert status == ODD[odd]


async def test_a_room_in_trouble_holds_no_other_room_up(told: Told, backend: Receiver) -> None:
    backend.answers = chain([503], repeat(200))
    async with running(told) as outbox:
        outbox.send(joined(ROOMS[0]))
        await eventually("the first room is refused once", lambda: backend.posts == 1)
        outbox.send(joined(ROOMS[1]))
        await eventually("the other room arrives", lambda: backend.of(Joined, ROOMS[1]), timeout=2)
        assert await outbox.drained(ROOMS[0], 5)


async def test_kill_9_in_the_middle_loses_nothing(told: Told, backend: Receiver) -> None:
    promised: list[UUID] = []
    for _ in range(3):
        talker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.media.talker", told.spool, told.webhook, stdout=asyncio.subprocess.PIPE
        )
        assert talker.stdout is not None
        backend.answers = chain.from_iterable(repeat((200, 200, 500)))
        for _ in range(300):
            promised += [UUID((await talker.stdout.readline()).decode().strip())]
        talker.kill()
        promised += [UUID(line) for line in (await talker.stdout.read()).decode().split("\n")[:-1]]
        await talker.wait()
    backend.answers = repeat(200)
    async with running(told) as outbox:
        for room in ROOMS:
            assert await outbox.drained(room, 20)
    arrived = [message.id for message in backend.messages]
    assert set(promised) <= set(arrived)
    for room in ROOMS:
        in_room = {message.id for message in backend.messages if message.room == room}
        assert [i for i in promised if i in in_room] == [i for i in arrived if i in in_room and i in set(promised)]


def test_a_full_spool_drops_the_oldest_beats_and_nothing_else(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=60_000)
    room = ROOMS[0]
    for n in range(1000):
        spool.add(room, b"%06d" % n + bytes(94), beat=n % 10 != 0)
    kept = []
    while (head := spool.head(room)) is not None:
        kept.append(int(head.body[:6]))
        spool.done(head)
    spool.close()
    assert kept == sorted(kept)
    assert {n for n in kept if n % 10 == 0} == set(range(0, 1000, 10))
    assert 250 <= len(kept) <= 600
    assert kept[-1] == 999
    assert spool.count == 0


def test_an_unreadable_spool_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"a torn page" * 1000)
    spool = Spool(tmp_path)
    spool.add(ROOMS[0], b"{}", beat=False)
    spool.close()
    assert (tmp_path / "spool.db.broken").exists()


def test_the_journal_tells_the_run_before(tmp_path: Path) -> None:
    path = tmp_path / "relay" / "journal.json"
    rooms = (Live(room=ROOMS[0], publications=(OnAir(publication=mint(), seat="host", person=mint()),)), Live(ROOMS[1]))
    assert Journal(path).last() is None
    Journal(path).alive(rooms)
    entry = Journal(path).last()
    assert entry is not None
    assert entry.rooms == rooms
    assert abs(entry.at - instant()) < 5_000
    path.write_bytes(b'{"at": 1')
    assert Journal(path).last() is None
