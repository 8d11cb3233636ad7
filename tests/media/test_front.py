"""WHIP and WHEP as their documents say (RFC 9725, draft-ietf-wish-whep, RFC 8840), grants, and every refusal."""

from uuid import UUID

import httpx
import pytest

from media.messages import mint
from tests.expect import eventually
from tests.media.clients import Relay, Viewer, grant
from tests.media.sdp import Local, offer, read_answer
from tests.media.stage import assert_whole, on_air, watching

WATCHER = Local("ufra", "a password of twenty-four", "sha-256 " + ":".join(["AB"] * 32))
HOST = Local("ufra", WATCHER.pwd, WATCHER.fingerprint, {"audio": 1, "video": 2})
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
PROBLEM = "application/problem+json"


def bearer(token: str, kind: str = SDP) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": kind}


async def opened(relay: Relay, room: UUID, token: str) -> httpx.Response:
    answer = await relay.http.post(f"/whep/{room}/host", content=offer(WATCHER, "H264"), headers=bearer(token))
    assert answer.status_code == 201
    return answer


async def test_a_post_answers_201_with_location_etag_and_an_answer(relay: Relay, room: UUID) -> None:
    answer = await opened(relay, room, grant(room))
    assert answer.headers["content-type"].startswith(SDP)
    assert answer.headers["location"].startswith(f"/whep/{room}/host/")
    assert answer.headers["etag"].strip('"')
    assert "a=ice-lite" in answer.text
    assert "a=setup:passive" in answer.text
    assert "a=sendonly" in answer.text
    assert "a=extmap" not in answer.text
    assert set(read_answer(answer.text).tracks) == {"audio", "video"}


async def test_a_publisher_is_answered_with_one_codec_and_its_retransmissions(relay: Relay, room: UUID) -> None:
    token = grant(room, publish=["host"])
    text = offer(HOST, "VP8", "H264")
    answer = await relay.http.post(f"/whip/{room}/host", content=text, headers=bearer(token))
    assert answer.status_code == 201
    assert answer.headers["location"].startswith(f"/whip/{room}/host/")
    assert read_answer(answer.text).codecs == {111: "opus", 102: "H264", 103: "rtx"}
    assert "a=recvonly" in answer.text
    assert await relay.delete(answer.headers["location"], token) == 200


async def test_an_ice_restart_goes_on_with_the_same_media(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room), watching(relay, room) as viewer:
        await eventually("a picture", lambda: viewer.video.first_key_at)
        headers = bearer(viewer.token, FRAGMENT) | {"If-Match": "*"}
        restart = "a=ice-ufrag:newu\r\na=ice-pwd:a new password of twenty-four\r\n"
        restart += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        answer = await relay.http.patch(viewer.location, content=restart, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(FRAGMENT)
        fields = dict(line.split(":", 1) for line in answer.text.split("\r\n") if ":" in line)
        viewer.link.restart("newu", fields["a=ice-ufrag"], fields["a=ice-pwd"])
        before = viewer.video.received
        await eventually("media goes on", lambda: viewer.video.received > before + 200)
        await eventually("no hole is left", lambda: not viewer.video.holes)
        assert_whole(viewer.video)
        stale = bearer(viewer.token, FRAGMENT) | {"If-Match": '"of long ago"'}
        assert (await relay.http.patch(viewer.location, content=restart, headers=stale)).status_code == 412


async def test_delete_ends_it_once_and_may_be_said_again(relay: Relay, room: UUID) -> None:
    token = grant(room)
    answer = await opened(relay, room, token)
    for _ in range(2):
        assert await relay.delete(answer.headers["location"], token) == 200
    assert await relay.delete(answer.headers["location"].replace("/host/", "/screen/"), token) == 404
    late = await relay.http.patch(answer.headers["location"], content="a=mid:0", headers=bearer(token, FRAGMENT))
    assert late.status_code == 404


async def test_every_answer_lets_the_page_read_it(relay: Relay, room: UUID) -> None:
    origin = {"Origin": "https://wake.example"}
    good = await relay.http.post(
        f"/whep/{room}/host", content=offer(WATCHER, "VP8"), headers=bearer(grant(room)) | origin
    )
    for answer in (good, await relay.http.post(f"/whep/{room}/host", headers=origin), await relay.http.get("/health")):
        assert answer.headers["access-control-allow-origin"]
        assert {"location", "etag", "link"} <= {
            name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")
        }


async def test_health_says_how_it_is(relay: Relay) -> None:
    health = (await relay.http.get("/health")).json()
    assert health["status"] == "ok"
    assert health["engine"]
    assert {"rooms", "viewers", "spooled"} <= set(health)


def refused(answer: httpx.Response, status: int) -> None:
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, PROBLEM), answer.text
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("/problems/")
    assert body["title"]


async def test_a_bad_grant_is_401_and_one_without_the_right_403(relay: Relay, room: UUID) -> None:
    watch, publish = offer(WATCHER, "H264"), offer(HOST, "H264")
    for token in ("", "nonsense", grant(room, seconds=-10), grant(room, secret="somebody else's secret, just as long")):
        answer = await relay.http.post(f"/whep/{room}/host", content=watch, headers=bearer(token or "x"))
        refused(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    anonymous = await relay.http.post(f"/whep/{room}/host", content=watch, headers={"Content-Type": SDP})
    refused(anonymous, 401)
    for path, text, token in (
        ("whep", watch, grant(room, watch=False)),
        ("whep", watch, grant(room, control=True)),
        ("whip", publish, grant(room)),
        ("whip", publish, grant(room, publish=["screen"])),
        ("whep", watch, grant(mint())),
    ):
        refused(await relay.http.post(f"/{path}/{room}/host", content=text, headers=bearer(token)), 403)
    refused(await relay.http.delete(f"/rooms/{room}", headers=bearer(grant(room))), 403)
    refused(await relay.http.get(f"/rooms/{room}", headers=bearer(grant(room, publish=["host"]))), 403)
    refused(await relay.http.get(f"/rooms/{room}"), 401)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\n",
        offer(WATCHER, "H264").replace("H264", "H266"),
        offer(WATCHER, "H264").replace("recvonly", "inactive"),
        offer(WATCHER, "H264").replace("a=fingerprint", "a=finger"),
        offer(WATCHER, "H264").replace("a=ice-ufrag", "a=ufrag"),
        offer(WATCHER, "H264").replace("a=mid", "a=amid"),
        offer(HOST, "H264"),
    ],
)
async def test_an_offer_that_cannot_be_answered_is_400(relay: Relay, room: UUID, text: str) -> None:
    if "H266" in text:
        text = text.replace("opus", "g711")
    refused(await relay.http.post(f"/whep/{room}/host", content=text, headers=bearer(grant(room))), 400)


async def test_the_other_refusals(relay: Relay, room: UUID) -> None:
    good, path = bearer(grant(room)), f"/whep/{room}/host"
    text = offer(WATCHER, "H264")
    refused(await relay.http.post(f"/whep/{room}/throne", content=text, headers=good), 404)
    refused(await relay.http.post("/whep/not-a-room/host", content=text, headers=good), 404)
    refused(await relay.http.get("/nothing"), 404)
    refused(await relay.http.delete(f"{path}/nobody", headers=good), 404)
    refused(await relay.http.put(path, content=text, headers=good), 405)
    refused(await relay.http.post(path, content=text + "a=x\r\n" * 20_000, headers=good), 413)
    refused(await relay.http.post(path, content=text, headers=good | {"Content-Type": "text/plain"}), 415)
    refused(await relay.http.post(path, content=b"\xff\xfe\x00", headers=good), 400)


async def test_an_answered_offer_nobody_follows_up_is_forgotten(relay: Relay, room: UUID) -> None:
    await opened(relay, room, grant(room))
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    assert (await relay.http.get(f"/rooms/{room}", headers=control)).json()["stays"] == []


async def test_a_viewer_who_knows_one_codec_gets_that_one_only(relay: Relay, room: UUID) -> None:
    async with on_air(relay, room, codec="H264"), watching(relay, room, codecs=("VP8",)) as viewer:
        await eventually("audio", lambda: viewer.audio.received > 50)
        assert viewer.video.received == 0
    async with on_air(relay, room, codec="VP8"):
        seer = Viewer(relay, room, grant(room), codecs=("VP8",))
        await seer.join()
        await eventually("a picture", lambda: seer.video.first_key_at)
        await seer.leave()
