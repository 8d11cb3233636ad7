"""Three ways to send, the same datagrams."""

import socket
from collections.abc import Callable, Iterator

import pytest
from pylibsrtp import Policy, Session

from media.counters import Counters
from media.dtls import Outbound, fast_path_holds
from media.fanout import Batched, Engine, Out, Plain, Target, engine
from media.packet import Packet, level

GCM, HMAC = Policy.SRTP_PROFILE_AEAD_AES_256_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80
KEYS = {GCM: bytes(range(44)), HMAC: bytes(range(30))}
TAGS = {GCM: 16, HMAC: 10}
ENGINES: dict[str, Callable[[socket.socket, Counters], Engine]] = {
    "gso": lambda sock, counters: Batched(sock, counters, gso=True),
    "sendmmsg": lambda sock, counters: Batched(sock, counters, gso=False),
    "sendto": Plain,
}


class Screen:
    """A viewer's socket; `read` decrypts what came."""

    def __init__(self, profile: int, codecs: dict[int, dict[str, int]]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        sending = Session(Policy(KEYS[profile], Policy.SSRC_ANY_OUTBOUND, 0, profile))
        self._session = Session(Policy(KEYS[profile], Policy.SSRC_ANY_INBOUND, 0, profile))
        self.target = Target(Outbound(sending, TAGS[profile]), self.socket.getsockname())
        self.target.wear({track: Out(types, 60000 + track) for track, types in codecs.items()})

    def read(self, count: int) -> list[bytes]:
        return [self._session.unprotect(self.socket.recv(4096)) for _ in range(count)]


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        yield sock


def batch() -> list[Packet]:
    """Two frames of two codecs, uneven, and sound."""
    video = [Packet(0, "H264", 128 * (n == 6), 5000 + n, 97, 100, bytes([n]) * (1000 - n)) for n in range(7)]
    other = [Packet(0, "VP8", 128, 5007, 187, 100, b"v" * 1300)]
    sound = [Packet(1, "opus", 0, 900 + n, 48 + n, 101, b"o" * (80 + 60 * n)) for n in range(3)]
    packets = video + other + sound
    level(packets)
    return packets


def test_every_engine_sends_the_same(sender: socket.socket) -> None:
    both, one, sound = {"H264": 96, "VP8": 97}, {"H264": 102}, {"opus": 111}
    seen = []
    for make in ENGINES.values():
        counters = Counters()
        screens = [
            Screen(GCM, {0: both, 1: sound}),
            Screen(HMAC, {0: both, 1: sound}),
            Screen(GCM, {0: one, 1: sound}),
            Screen(GCM, {1: sound}),
        ]
        make(sender, counters).send(batch(), [screen.target for screen in screens])
        seen.append([screen.read(count) for screen, count in zip(screens, (11, 11, 10, 3), strict=True)])
        assert (counters.forwarded, counters.unsent) == (35, 0)
        for screen in screens:
            screen.socket.close()
    assert seen[0] == seen[1] == seen[2]
    first = seen[0][0][0]
    assert first[:12] == bytes.fromhex("80 60 fde8 00000061 00000064")
    assert {len(data) for data in seen[0][0][:7]} == {1012}


def test_more_viewers_than_one_system_call_takes(sender: socket.socket) -> None:
    screens = [Screen(GCM, {0: {"H264": 96, "VP8": 97}, 1: {"opus": 111}}) for _ in range(70)]
    engine(sender, Counters(), fast=fast_path_holds()).send(batch(), [screen.target for screen in screens])
    for screen in screens:
        assert [data[2:4] for data in screen.read(8)] == [
            (5000 + 60000 + n & 0xFFFF).to_bytes(2, "big") for n in range(8)
        ]
        screen.socket.close()


def test_a_way_that_takes_no_segments_gets_single_datagrams(sender: socket.socket) -> None:
    screens = [Screen(GCM, {0: {"H264": 96}}) for _ in range(2)]
    screens[0].target.break_up()
    ENGINES["gso"](sender, Counters()).send(batch()[:7], [screen.target for screen in screens])
    assert screens[0].read(7) == screens[1].read(7)
    for screen in screens:
        screen.socket.close()


def test_what_cannot_be_sent_is_lost_and_counted(sender: socket.socket) -> None:
    screen = Screen(GCM, {0: {"H264": 96}})
    nowhere = Screen(GCM, {0: {"H264": 96}})
    nowhere.target.move(("127.0.0.1", 0))
    for make in ENGINES.values():
        counters = Counters()
        make(sender, counters).send(batch()[:2], [nowhere.target])
        assert counters.unsent > 0
    ENGINES["gso"](sender, Counters()).send(batch()[:2], [nowhere.target, screen.target])
    assert len(screen.read(2)) == 2
    screen.socket.close()
    nowhere.socket.close()
