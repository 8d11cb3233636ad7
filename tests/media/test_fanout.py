"""All ways to send, the same datagrams."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pylibsrtp import Policy, Session

from media import native
from media.batched import Batched
from media.counters import Counters
from media.engine import candidates, choose, proven
from media.fanout import Compiled, Engine, Plain
from media.packet import Packet, level
from media.sealing import Sealing, possible
from media.srtp import Outbound
from media.target import Crowd, Out, Target

GCM, HMAC = Policy.SRTP_PROFILE_AEAD_AES_256_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80
KEYS = {GCM: bytes(range(44)), HMAC: bytes(range(30))}
TAGS = {GCM: 16, HMAC: 10}
ENGINES: dict[str, Callable[[socket.socket, Counters], Engine]] = {
    "gso": lambda sock, counters: Batched(sock, counters, gso=True),
    "sendmmsg": lambda sock, counters: Batched(sock, counters, gso=False),
    "sendto": Plain,
}
if native.library is not None:
    ENGINES["compiled gso"] = lambda sock, counters: Compiled(sock, counters, gso=True)
    ENGINES["compiled sendmmsg"] = lambda sock, counters: Compiled(sock, counters, gso=False)


class Screen:
    """A viewer's socket; `read` decrypts what came."""

    def __init__(self, profile: int, codecs: dict[int, dict[str, int]], *, sealed: bool = False) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        sending = Session(Policy(KEYS[profile], Policy.SSRC_ANY_OUTBOUND, 0, profile))
        self._session = Session(Policy(KEYS[profile], Policy.SSRC_ANY_INBOUND, 0, profile))
        sealing = Sealing(KEYS[profile]) if sealed else None
        self.target = Target(Outbound(sending, TAGS[profile], sealing), self.socket.getsockname())
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
            Screen(GCM, {1: sound}, sealed=possible()),
            Screen(GCM, {0: both, 1: sound}, sealed=possible()),
        ]
        make(sender, counters).send(batch(), Crowd(*(screen.target for screen in screens)).groups)
        seen.append([screen.read(count) for screen, count in zip(screens, (11, 11, 10, 3, 11), strict=True)])
        assert (counters.forwarded, counters.unsent) == (46, 0)
        for screen in screens:
            screen.socket.close()
    assert all(each == seen[0] for each in seen)
    first = seen[0][0][0]
    assert first[:12] == bytes.fromhex("80 60 fde8 00000061 00000064")
    assert {len(data) for data in seen[0][0][:7]} == {1012}


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_more_viewers_than_one_system_call_takes(
    sender: socket.socket, make: Callable[[socket.socket, Counters], Engine]
) -> None:
    screens = [Screen(GCM, {0: {"H264": 96, "VP8": 97}, 1: {"opus": 111}}) for _ in range(70)]
    for number, screen in enumerate(screens):
        screen.target.wear({track: out._replace(shift=1000 * number) for track, out in screen.target.outs.items()})
    make(sender, Counters()).send(batch(), Crowd(*(screen.target for screen in screens)).groups)
    for number, screen in enumerate(screens):
        assert [data[2:4] for data in screen.read(8)] == [
            (5000 + 1000 * number + n & 0xFFFF).to_bytes(2, "big") for n in range(8)
        ]
        screen.socket.close()


def test_a_way_that_takes_no_segments_gets_single_datagrams(sender: socket.socket) -> None:
    screens = [Screen(GCM, {0: {"H264": 96}}) for _ in range(2)]
    screens[0].target.break_up()
    ENGINES["gso"](sender, Counters()).send(batch()[:7], Crowd(*(screen.target for screen in screens)).groups)
    assert screens[0].read(7) == screens[1].read(7)
    for screen in screens:
        screen.socket.close()


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_what_cannot_be_sent_is_lost_and_counted(
    sender: socket.socket, make: Callable[[socket.socket, Counters], Engine]
) -> None:
    """And those behind it in the same call get theirs."""
    nowhere, screen = Screen(GCM, {0: {"H264": 96}}), Screen(GCM, {0: {"H264": 96}})
    nowhere.target.move(("127.0.0.1", 0))
    counters = Counters()
    make(sender, counters).send(batch()[:2], Crowd(nowhere.target, screen.target).groups)
    assert counters.unsent > 0
    assert len(screen.read(2)) == 2
    screen.socket.close()
    nowhere.socket.close()


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)
def test_what_cannot_be_encrypted_never_goes_in_the_clear(
    sender: socket.socket, make: Callable[[socket.socket, Counters], Engine]
) -> None:
    """A number that was used already is refused by libsrtp: nothing readable leaves."""
    screen = Screen(GCM, {0: {"H264": 96}})
    for _ in range(2):
        make(sender, Counters()).send(batch()[:2], Crowd(screen.target).groups)
    assert len(screen.read(2)) == 2
    screen.socket.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            assert set(screen.socket.recv(4096)) == {0}
    screen.socket.close()


def test_the_fastest_engine_that_is_proven_is_chosen(sender: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every engine of this machine passes its proof; one that sends something else does not."""
    makers = candidates()
    assert all(proven(make) for make in makers)
    assert choose(sender, Counters()).name == next(iter(makers))(sender, Counters()).name
    monkeypatch.setattr(native, "library", None)
    assert choose(sender, Counters()).name == "gso"

    class Mute(Plain):
        def send_one(self, data: bytes, target: Target) -> None:
            """Nothing comes."""

    class Wrong(Plain):
        def send_one(self, data: bytes, target: Target) -> None:
            """Something else comes."""
            super().send_one(data[:-1] + b"?", target)

    assert proven(Plain)
    assert not proven(Mute)
    assert not proven(Wrong)
