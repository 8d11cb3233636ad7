"""Whatever comes to the UDP port: a running call does not notice, and the relay lives."""

import asyncio
import random
import socket
import struct
from collections.abc import Iterator
from uuid import UUID

from media.messages import mint
from tests.expect import eventually
from tests.media.clients import Relay
from tests.media.link import binding_request
from tests.media.server import RelayProcess
from tests.media.stage import assert_whole, on_air, watching

PACKETS, BATCH = 10_000, 20
SEED = 20261123
CLIENT_HELLO = bytes.fromhex("16fefd00000000000000000070010000640000000000000064fefd") + bytes(90)
ALERT = bytes.fromhex("15fefd000000000000000900020228")


def garbage(dice: random.Random) -> Iterator[bytes]:
    """Random and truncated STUN, DTLS, RTP and RTCP, some of it with the right form and the wrong content."""
    check = binding_request(dice.randbytes(12), "nobody:known", "a password of nobody")
    forms = [
        lambda: dice.randbytes(dice.randrange(1, 1500)),
        lambda: check[: dice.randrange(len(check))],
        lambda: check,
        lambda: _spoiled(check, dice),
        lambda: (
            struct.pack("!HHI", dice.choice((1, 0x101, 0x111, 3)), dice.randrange(65536), 0x2112A442)
            + dice.randbytes(dice.randrange(200))
        ),
        lambda: CLIENT_HELLO[: dice.randrange(1, len(CLIENT_HELLO))],
        lambda: _spoiled(CLIENT_HELLO, dice),
        lambda: ALERT,
        lambda: bytes([dice.randrange(20, 64)]) + dice.randbytes(dice.randrange(300)),
        lambda: bytes([dice.randrange(128, 192)]) + dice.randbytes(dice.randrange(1400)),
        lambda: bytes([0x80 | dice.randrange(64), dice.randrange(192, 224)]) + dice.randbytes(dice.randrange(400)),
        lambda: bytes([dice.randrange(256)]),
        lambda: dice.randbytes(dice.randrange(2000, 9000)),
    ]
    while True:
        yield dice.choice(forms)()


def _spoiled(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randrange(1, 9)) + data[at + dice.randrange(9) :]


async def test_10_000_packets_of_garbage_disturb_nobody(relay: Relay, server: RelayProcess, room: UUID) -> None:
    assert server.process is not None
    pid = server.process.pid
    dice = random.Random(SEED)
    source = garbage(dice)
    async with on_air(relay, room), watching(relay, room) as viewer, watching(relay, room) as neighbour:
        await eventually("pictures", lambda: viewer.video.first_key_at and neighbour.video.first_key_at)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect(("127.0.0.1", server.port))
            for _ in range(PACKETS // BATCH // 2):
                for _ in range(BATCH):
                    stranger.send(next(source))
                    viewer.link.send_raw(next(source))
                await asyncio.sleep(0.01)  # a pace: the port's buffer is not what is tested
        before = viewer.video.received, neighbour.video.received
        await eventually("both go on", lambda: viewer.video.received > before[0] + 200)
        assert neighbour.video.received > before[1] + 100
        await eventually("no hole is left", lambda: not (viewer.video.holes or neighbour.video.holes))
        for one in (viewer, neighbour):
            assert_whole(one.video)
            assert_whole(one.audio)
            assert one.connected
    health = (await relay.http.get("/health")).json()
    assert health["status"] == "ok"
    assert health["counters"]["garbage"] > PACKETS // 10
    assert server.process.returncode is None
    assert server.process.pid == pid


def wild(dice: random.Random, kind: int, number: int, ssrc: int) -> bytes:
    """An RTP or RTCP packet whose fixed header is right (libsrtp asks for that) and all else is not."""
    body = dice.randbytes(4 * dice.randrange(1, 300))
    if kind >= 192:
        return struct.pack("!BBHI", 0x80 | dice.randrange(64), kind, dice.randrange(80), ssrc) + body
    return struct.pack("!BBHII", 0x80 | dice.randrange(4) << 5, kind, number, dice.getrandbits(32), ssrc) + body


async def test_what_members_send_encrypted_disturbs_no_other(relay: Relay, room: UUID) -> None:
    dice = random.Random(SEED)
    async with (
        on_air(relay, room),
        watching(relay, room) as victim,
        watching(relay, room) as villain,
        on_air(relay, mint()) as host,
    ):
        await eventually("a picture", lambda: victim.video.first_key_at)
        for number in range(1000):
            villain.link.send_rtcp(wild(dice, dice.randrange(199, 208), 0, 1))
            villain.link.send_media(wild(dice, 102, number, dice.randrange(9)))
            host.link.send_rtcp(wild(dice, dice.randrange(199, 208), 0, host.video.ssrc))
            host.link.send_media(wild(dice, dice.choice((102, 103, 111)), number, dice.randrange(9)))
            await asyncio.sleep(0.001)  # a pace, as above
        before = victim.video.received
        await eventually("it goes on", lambda: victim.video.received > before + 200)
        await eventually("no hole is left", lambda: not victim.video.holes)
        assert_whole(victim.video)
    assert (await relay.http.get("/health")).json()["status"] == "ok"
