"""What OWASP ASVS 5.0 V17 asks of a media server, and input nobody means well with."""

import asyncio
import random
from uuid import UUID

import pytest
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile

from media.front import BURST, Buckets
from tests.expect import eventually
from tests.media.clients import Relay, Viewer, grant
from tests.media.conformance.endpoint import FRAGMENT, HOST, SDP, WATCHER
from tests.media.fuzz import TARGETS, Fuzzer, fuzz
from tests.media.sdp import offer
from tests.media.stage import assert_whole, on_air, watching

STRONG = {b"SRTP_AEAD_AES_256_GCM", b"SRTP_AEAD_AES_128_GCM", b"SRTP_AES128_CM_SHA1_80"}
WEAK = b"SRTP_AES128_CM_SHA1_32"
"""The only weak one that OpenSSL itself still knows."""
FLOOD, BATCH = 20_000, 100


@pytest.mark.parametrize("target", list(TARGETS))
def test_spoiled_input_is_read_or_refused(target: str) -> None:
    fuzz(target, 1000, 20261126)


async def test_spoiled_offers_and_fragments_are_answered_or_refused(relay: Relay, room: UUID) -> None:
    fuzzer = Fuzzer(7)
    token = grant(room, publish=["host"])
    statuses = set()
    for number in range(200):
        kind, local = ("whip", HOST) if number % 2 else ("whep", WATCHER)
        text = fuzzer.spoiled_text([offer(local, "H264", "VP8")])
        headers = {"Authorization": f"Bearer {token}", "Content-Type": SDP}
        answer = await relay.http.post(f"/{kind}/{room}/host", content=text.encode(), headers=headers)
        statuses.add(answer.status_code)
        if answer.status_code == 201:
            bits = fuzzer.spoiled_text(["a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\nm=audio 9 X 0\r\na=mid:0"]).encode()
            asked = {"Content-Type": FRAGMENT, "If-Match": "*"}
            patched = await relay.http.patch(answer.headers["location"], content=bits, headers=asked)
            assert patched.status_code in (200, 204, 400)
    assert statuses == {201, 400}
    assert (await relay.http.get("/health")).json()["status"] == "ok"


def test_only_strong_srtp_profiles_are_known() -> None:
    assert {profile.openssl_profile for profile in SRTP_PROFILES} == STRONG


async def test_a_weak_srtp_profile_is_refused(relay: Relay, room: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """V17.2: the client offers nothing but a 32-bit tag; the relay, another process, agrees to no association."""
    weak = SRTPProtectionProfile(SRTP_PROFILES[-1].libsrtp_profile, WEAK, 16, 14)
    monkeypatch.setattr(rtcdtlstransport, "SRTP_PROFILES", [weak])
    viewer = Viewer(relay, room, grant(room))
    with pytest.raises((ConnectionError, TimeoutError)):
        await viewer.join(3)
    await viewer.vanish()
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    assert (await relay.http.get(f"/rooms/{room}", headers=control)).json()["stays"] == []


async def test_a_flood_of_forged_media_costs_little_and_disturbs_nobody(relay: Relay, room: UUID) -> None:
    """V17.2: from the address of a member, so that each packet would have to be decrypted to be known as forged."""
    dice = random.Random(1)
    async with on_air(relay, room), watching(relay, room) as villain, watching(relay, room) as victim:
        await eventually("pictures", lambda: victim.pictured() and villain.pictured())
        forged = b"\x80\x66" + dice.randbytes(1000)
        for _ in range(FLOOD // BATCH):
            for _ in range(BATCH):
                villain.link.send_raw(forged)
            await asyncio.sleep(0.005)  # a pace: the port's buffer is not what is tested
        before = victim.video.received
        await eventually("the victim's picture goes on", lambda: victim.video.received > before + 100)
        await eventually("no hole is left", lambda: not victim.video.holes)
        assert_whole(victim.video)
        counters = (await relay.http.get("/health")).json()["counters"]
        assert counters["forged"] > 1000
        assert counters["flooded"] > 1000
        seen = villain.video.received
        await eventually("the flood over, its sender is served as before", lambda: villain.video.received > seen + 100)


def test_a_flood_of_posts_is_refused_per_address_and_per_ipv6_network() -> None:
    buckets = Buckets()
    taken = sum(buckets.take(f"2001:db8::{number:x}") for number in range(int(BURST) + 500))
    assert BURST <= taken < BURST + 200
    assert buckets.take("2001:db8:0:1::1")
    assert buckets.take("192.0.2.1")
