"""The relay dies and comes back: it says for how long, viewers and host come back, nothing told before is lost."""

import asyncio
from uuid import UUID

import pytest

from media.messages import Beat, Fault, Joined, Left, Published, Unpublished, instant, mint
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, Viewer, grant
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess

VIEWERS = 20


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_a_restart_is_confessed_and_everybody_comes_back(
    house: tuple[RelayProcess, Receiver], room: UUID, end: str
) -> None:
    server, backend = house
    people = [mint() for _ in range(VIEWERS)]
    async with Relay(server.url) as relay, asyncio.TaskGroup() as tasks:
        host = Publisher(relay, room, grant(room, device="a laptop", publish=["host"]))
        crowd = [Viewer(relay, room, grant(room, person=person), light=True) for person in people]
        everybody: list[Publisher | Viewer] = [host, *crowd]
        staying = [tasks.create_task(client.remain()) for client in everybody]
        await eventually("pictures", lambda: all(viewer.video.first_key_at for viewer in crowd))
        await eventually("all is told", lambda: len(backend.of(Joined)) == VIEWERS)
        (published,) = backend.of(Published)
        await eventually("two seconds pass", lambda: all(viewer.video.received > 360 for viewer in crowd))
        ended = instant()
        await (server.kill() if end == "kill" else server.stop())
        await server.start()
        up = instant()
        await eventually("it confesses", lambda: backend.of(Unpublished))
        (fault,) = backend.of(Fault)
        (unpublished,) = backend.of(Unpublished)
        assert fault.room == room
        assert ended - 1500 <= fault.since <= ended + 300
        assert ended <= fault.until <= up
        assert (unpublished.at, unpublished.publication) == (fault.since, published.publication)
        await eventually("all are back", lambda: all(viewer.joins == 2 and viewer.receiving() for viewer in crowd), 30)
        await eventually("all is told", lambda: len(backend.of(Joined)) == 2 * VIEWERS)
        await eventually("the host is on the air again", lambda: len(backend.of(Published)) == 2)
        assert backend.of(Left) == []
        assert sorted(joined.person for joined in backend.of(Joined)) == sorted([*people, *people])
        for task in staying:
            task.cancel()
        await asyncio.gather(*(client.vanish() for client in everybody))


async def test_what_waited_in_the_spool_arrives_before_the_fault(
    house: tuple[RelayProcess, Receiver], room: UUID
) -> None:
    server, backend = house
    await backend.close()
    async with Relay(server.url) as relay:
        viewer = Viewer(relay, room, grant(room))
        await viewer.join()
        await eventually("it waits", lambda: viewer.connected)

        async def journalled() -> bool:
            return str(room) in (server.data / "journal.json").read_text()

        await eventually("the journal knows the room", journalled)
        await server.kill()
        viewer.link.online = False
        await viewer.vanish()
    await server.start()
    await backend.open()
    await eventually("it arrives", lambda: backend.of(Fault))
    told = [type(message) for message in backend.messages if not isinstance(message, Beat)]  # a slow machine beats once
    assert told == [Joined, Fault]
