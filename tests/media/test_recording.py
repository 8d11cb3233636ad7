"""A share that is recorded: from the host's packets to a film the backend can fetch, whatever dies in between."""

import hashlib
import io
from typing import Any
from uuid import UUID

import av
import httpx
import pytest

from media.messages import Recorded, instant
from media.recording.take import records
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, grant
from tests.media.receiver import Receiver
from tests.media.reel import Film
from tests.media.sdp import Codec
from tests.media.server import RelayProcess
from tests.media.stage import assert_whole, on_air, watching

MADE_WITHIN = 20.0


def hosting(room: UUID, *, record: bool = True) -> str:
    return grant(room, device="a laptop", publish=["host"], record=record)


async def lived(host: Publisher, seconds: float) -> None:
    """Let so much more of the host's sound go out."""
    target = host.audio.packets + seconds * 50
    await eventually("the share goes on", lambda: host.audio.packets >= target, seconds + 10)


async def closed(relay: Relay, room: UUID) -> None:
    answer = await relay.http.delete(
        f"/rooms/{room}", headers={"Authorization": f"Bearer {grant(room, control=True)}"}
    )
    assert answer.status_code in {202, 204}


async def film_of(backend: Receiver, room: UUID) -> Recorded:
    [recorded] = await eventually("it is recorded", lambda: backend.of(Recorded, room), MADE_WITHIN)
    return recorded


async def fetched(relay: Relay, room: UUID, name: str, token: str = "", **headers: str) -> httpx.Response:
    token = token or grant(room, control=True)
    return await relay.http.get(
        f"/recordings/{room}/{name}", headers={"Authorization": f"Bearer {token}", **headers}
    )


def seen(data: bytes) -> dict[str, Any]:
    """What a player sees: the codecs, the number of pictures, and how long they are shown."""
    with av.open(io.BytesIO(data), "r") as movie:
        codecs = [stream.codec_context.name for stream in movie.streams]
        times = [frame.time for frame in movie.decode(video=0)]
        return {"codecs": codecs, "pictures": len(times), "times": times, "seconds": (movie.duration or 0) / 1e6}


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_a_share_becomes_a_film(house: tuple[RelayProcess, Receiver], room: UUID, codec: Codec) -> None:
    """The host reconnects once; a viewer who watches meanwhile loses nothing."""
    server, backend = house
    async with Relay(server.url) as relay:
        began = instant()
        async with watching(relay, room) as viewer:
            async with on_air(relay, room, token=hosting(room), kind=Film, codec=codec) as host:
                await lived(host, 2)
            async with on_air(relay, room, token=hosting(room), kind=Film, codec=codec) as host:
                await lived(host, 2)
            assert viewer.video.received > 100
        await closed(relay, room)
        recorded = await film_of(backend, room)
        video = recorded.video
        data = (await fetched(relay, room, video.name)).content
        assert (len(data), hashlib.sha256(data).hexdigest()) == (video.bytes, video.sha256)
        assert data.find(b"moov") < data.find(b"mdat")
        film = seen(data)
        assert film["codecs"] == ["h264", "aac"]
        assert film["pictures"] > 90
        assert abs(film["seconds"] * 1000 - recorded.duration_ms) < 100
        assert 4000 <= recorded.duration_ms <= instant() - began
        assert began <= recorded.started_at <= instant() - recorded.duration_ms
        assert recorded.complete
        for still in (recorded.poster, recorded.thumbnails):
            assert still is not None
            assert len((await fetched(relay, room, still.name)).content) == still.bytes


async def test_kill_9_of_the_relay_loses_less_than_two_seconds(
    house: tuple[RelayProcess, Receiver], room: UUID
) -> None:
    server, backend = house
    take = server.data / "takes" / str(room) / "host"
    async with Relay(server.url) as relay:
        async with on_air(relay, room, token=hosting(room), kind=Film) as host:
            await lived(host, 3)
            killed = instant()
            await server.kill()
            assert killed - max(record.at for record in records(take)) < 2000
            host.link.online = False
        with take.open("ab") as file:
            file.write(b"\x04\x00 torn")
        await server.start()
        async with on_air(relay, room, token=hosting(room), kind=Film) as host:
            await lived(host, 2)
        await closed(relay, room)
        await server.kill()  # while the film is being made, or before, or after
        await server.start()
        recorded = await film_of(backend, room)
        film = seen((await fetched(relay, room, recorded.video.name)).content)
        holes = [after - before for before, after in zip(film["times"], film["times"][1:], strict=False)]
        assert len([hole for hole in holes if hole > 0.5]) == 1
        assert film["seconds"] >= 5


async def test_only_the_backend_fetches_and_forgets_recordings(
    house: tuple[RelayProcess, Receiver], room: UUID
) -> None:
    server, backend = house
    async with Relay(server.url) as relay:
        async with on_air(relay, room, token=hosting(room), kind=Film) as host:
            await lived(host, 1)
        await closed(relay, room)
        name = (await film_of(backend, room)).video.name
        whole = (await fetched(relay, room, name)).content
        for stranger in (hosting(room), grant(room), grant(UUID(int=7), control=True)):
            assert (await fetched(relay, room, name, stranger)).status_code == 403
        assert (await fetched(relay, room, name, "nonsense")).status_code == 401
        part = await fetched(relay, room, name, Range="bytes=100-199")
        assert (part.status_code, part.content) == (206, whole[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
        assert (await fetched(relay, room, name, Range=f"bytes={len(whole) - 5}-")).content == whole[-5:]
        assert (await fetched(relay, room, name, Range=f"bytes={len(whole)}-")).status_code == 416
        for other in ("host.json", "host.part", "..%2F..%2Fjournal.json", "screen.mp4"):
            assert (await fetched(relay, room, other)).status_code == 404
        url, mine = f"/recordings/{room}/host", {"Authorization": f"Bearer {grant(room)}"}
        assert (await relay.http.delete(url, headers=mine)).status_code == 403
        control = {"Authorization": f"Bearer {grant(room, control=True)}"}
        assert [(await relay.http.delete(url, headers=control)).status_code for _ in range(2)] == [204, 204]
        assert (await fetched(relay, room, name)).status_code == 404
        assert not list(server.data.glob(f"*/{room}"))


async def test_who_is_not_recorded_leaves_nothing(house: tuple[RelayProcess, Receiver], room: UUID) -> None:
    server, backend = house
    async with Relay(server.url) as relay:
        async with on_air(relay, room, token=hosting(room, record=False)) as host, watching(relay, room) as viewer:
            await lived(host, 1)
            await eventually("a picture", viewer.pictured)
            assert_whole(viewer.video)
        await closed(relay, room)
    assert not (server.data / "takes").exists()
    assert backend.of(Recorded) == []


async def test_a_take_with_nothing_in_it_is_forgotten(house: tuple[RelayProcess, Receiver], room: UUID) -> None:
    server, backend = house
    folder = server.data / "takes" / str(room)
    folder.mkdir(parents=True)
    (folder / "host").touch()
    (folder / ".closed").touch()
    await server.stop()
    await server.start()
    await eventually("it is swept", lambda: not folder.exists(), MADE_WITHIN)
    assert backend.of(Recorded) == []
