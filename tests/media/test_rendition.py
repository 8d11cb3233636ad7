"""HLS: a recorded room can be watched as files, by whom the grant lets, and who watches so is counted as there."""

import io
import re
from typing import Any
from uuid import UUID

import av
import httpx

from media.messages import Beat, Joined, Left, mint
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, grant
from tests.media.receiver import Receiver
from tests.media.reel import Film
from tests.media.stage import on_air


def hosting(room: UUID, *, record: bool = True) -> str:
    return grant(room, device="a laptop", publish=["host"], record=record)


async def asked(relay: Relay, room: UUID, name: str = "index.m3u8", token: str = "", status: int = 200) -> bytes:
    """A file of the rendition, once it answers with this status."""
    token = token or grant(room)

    async def answer() -> httpx.Response:
        found = await relay.http.get(f"/hls/{room}/host/{name}", params={"token": token})
        assert found.status_code == status, (found.status_code, found.text[:200])
        return found

    return (await eventually(f"{name} answers {status}", answer, 15)).content


async def segments(relay: Relay, room: UUID, least: int) -> tuple[list[str], list[str]]:
    """The addresses of beginnings and segments in the list, once it has so many segments."""

    async def listed() -> tuple[list[str], list[str]]:
        lines = (await asked(relay, room)).decode()
        found = re.findall(r"^[^#].*", lines, re.MULTILINE)
        assert len(found) >= least
        return re.findall(r'MAP:URI="(.*?)"', lines), found

    return await eventually("there are segments", listed, 20)


async def fetched(relay: Relay, room: UUID, address: str) -> bytes:
    answer = await relay.http.get(f"/hls/{room}/host/{address}")
    assert answer.status_code == 200, address
    return answer.content


def shown(data: bytes) -> dict[str, Any]:
    """What a player makes of it."""
    with av.open(io.BytesIO(data), "r") as movie:
        codecs = [stream.codec_context.name for stream in movie.streams]
        return {"codecs": codecs, "pictures": sum(1 for _ in movie.decode(video=0))}


async def test_a_recorded_room_is_watched_as_files(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room, token=hosting(room), kind=Film):
        beginnings, names = await segments(relay, room, 3)
        film = b"".join([await fetched(relay, room, name) for name in [beginnings[0], *names[:2]]])
        found = shown(film)
        assert found["codecs"] == ["h264", "aac"]
        assert found["pictures"] >= 30
    async with on_air(relay, room, token=hosting(room), kind=Film, size=(240, 320)):
        beginnings, names = await segments(relay, room, len(names) + 1)
        await eventually("there is a new beginning", lambda: _grown(relay, room), 15)


async def _grown(relay: Relay, room: UUID) -> bool:
    return b"#EXT-X-DISCONTINUITY\n" in await asked(relay, room)


async def test_only_who_may_watch_gets_the_files(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room, token=hosting(room), kind=Film):
        await segments(relay, room, 1)
        url = f"/hls/{room}/host/index.m3u8"
        for token, status in (("", 401), ("x", 401), (grant(UUID(int=7)), 403), (grant(room, watch=False), 403)):
            assert (await relay.http.get(url, params={"token": token})).status_code == status
        for name in ("..%2F..%2Fjournal.json", "0.m4s.part", "unsupported"):
            assert (await relay.http.get(f"/hls/{room}/host/{name}", params={"token": grant(room)})).status_code == 404
        person, control = mint(), {"Authorization": f"Bearer {grant(room, control=True)}"}
        token = grant(room, person=person)
        await asked(relay, room, token=token)
        await relay.http.delete(f"/rooms/{room}/people/{person}", headers=control)
        await asked(relay, room, token=token, status=403)


async def test_what_cannot_be_rendered_is_said(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room, token=hosting(room), kind=Film, codec="VP8"):
        await asked(relay, room, status=409)
    quiet = mint()
    async with on_air(relay, quiet, token=hosting(quiet, record=False)):
        await asked(relay, quiet, status=404)


async def test_who_watches_from_afar_is_there_while_they_say_so(
    relay: Relay, room: UUID, backend: Receiver
) -> None:
    person = mint()
    token = {"Authorization": f"Bearer {grant(room, person=person, device='a tablet')}"}
    async with on_air(relay, room, token=hosting(room)) as host:
        assert isinstance(host, Publisher)
        for _ in range(2):
            assert (await relay.http.post(f"/hls/{room}/host/presence", headers=token)).status_code == 204
        assert (await relay.http.post(f"/hls/{room}/host/presence")).status_code == 401
        [joined] = await eventually("they have joined", lambda: backend.of(Joined, room))
        assert (joined.person, joined.device) == (person, "a tablet")
        [beat, *_] = await eventually("the room beats", lambda: backend.of(Beat, room), 15)
        assert [one.stay for one in beat.people] == [joined.stay]
        await eventually("they are given up", lambda: backend.of(Left, room), 30)
    [left] = backend.of(Left, room)
    assert (left.stay, left.reason) == (joined.stay, "timeout")
