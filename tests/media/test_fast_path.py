"""The fast path sends what Python would send, leaves what is not usual to Python, and Python's books do not know it."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from uuid import UUID

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Error

from media import native
from media.batched import Batched
from media.counters import Counters
from media.fanout import Compiled
from media.fast_path import FastPath, Lane, Route
from media.packet import Packet, level
from media.rehearsal import forwards
from media.rtp import parse
from media.sockets import opened
from media.srtp import Inbound, keyed
from media.stun import Address
from media.target import Crowd, Out, Target, sockaddr, spelled
from tests.expect import eventually
from tests.media.clients import Relay, Viewer
from tests.media.stage import assert_whole, on_air, watching

compiled = pytest.mark.skipif(native.library is None, reason="no compiler")

VIDEO, SOUND = 7, 8
TYPES, CODECS, SHIFTS, STAMP = (96, 111), ("H264", "opus"), (300, 70), 90_000
GCM, HMAC = 0, 2


def rtp(kind: int, number: int, payload: bytes, *, marker: bool = False, first: int = 0x80, more: bytes = b"") -> bytes:
    begin = bytes([first, TYPES[kind] | 0x80 * marker]) + (number & 0xFFFF).to_bytes(2, "big")
    return (
        begin
        + (3000 * number & 0xFFFFFFFF).to_bytes(4, "big")
        + (VIDEO, SOUND)[kind].to_bytes(4, "big")
        + more
        + payload
    )


class Screen:
    """A viewer's socket; `read` decrypts all that has come."""

    def __init__(self, profile: int, kinds: tuple[int, ...], shift: int, *, whole: bool = True, late: int = 0) -> None:
        chosen = SRTP_PROFILES[profile]
        material = os.urandom(2 * (chosen.key_length + chosen.salt_length))
        self._inbound, _ = keyed(chosen, material, 256, client=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.target = Target(keyed(chosen, material, 256, client=False)[1], self._socket.getsockname())
        self.target.wear({kind: Out({CODECS[kind]: 100 + kind}, shift, late) for kind in kinds})
        if not whole:
            self.target.break_up()

    def read(self) -> list[bytes | None]:
        found = []
        try:
            while True:
                found.append(self._inbound.media(self._socket.recv(4096)))
        except BlockingIOError:
            return found

    def close(self) -> None:
        self._socket.close()


class Stage:
    """A publisher, viewers of all shapes, and a fast path between them. Port, source and sink in one; keeps books."""

    def __init__(self) -> None:
        chosen = SRTP_PROFILES[GCM]
        material = os.urandom(2 * (chosen.key_length + chosen.salt_length))
        self._inbound: Inbound = keyed(chosen, material, 256, client=False)[0]
        self._session = keyed(chosen, material, 256, client=True)[1].session
        self._far, self._relay = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for one in (self._far, self._relay):
            one.bind(("127.0.0.1", 0))
        self.address = self._far.getsockname()
        self.screens = [
            Screen(GCM, (0, 1), 5), Screen(GCM, (0, 1), 900), Screen(HMAC, (0, 1), 5), Screen(GCM, (1,), 5),
            Screen(GCM, (0, 1), 5, whole=False), Screen(GCM, (0, 1), 5, late=4711),
        ]  # fmt: skip
        self.crowd = Crowd(*(screen.target for screen in self.screens))
        self.counters = Counters()
        self.path = FastPath(self._relay, self.counters, self, self.routes, gso=True)
        self.numbers = [100, 65530]
        self.allowance = 1000
        self.log: list[bytes | str] = []

    def routes(self) -> Iterator[Route]:
        lanes = [
            Lane(
                ssrc, ssrc + 10, STAMP, self.numbers[kind] - 1 & 0xFFFF, SHIFTS[kind], TYPES[kind], kind, forwarded=True
            )
            for kind, ssrc in enumerate((VIDEO, SOUND))
        ]
        yield Route(self, self, self.address, self._inbound, lanes, CODECS, self.crowd.groups)

    def send(self, *packets: bytes) -> None:
        for one in packets:
            self.send_raw(self._session.protect(one))

    def send_raw(self, data: bytes) -> None:
        self._far.sendto(data, self._relay.getsockname())

    def next(self, kind: int, payload: bytes, *, marker: bool = False, first: int = 0x80, more: bytes = b"") -> bytes:
        self.numbers[kind] += 1
        return rtp(kind, self.numbers[kind] - 1, payload, marker=marker, first=first, more=more)

    def turn(self) -> list[bytes | str]:
        """Let the fast path and Python have a turn: what Python was told."""
        self.path.readable()
        self.path.settle()
        told, self.log = self.log, []
        return told

    def wanted(self, sent: list[bytes], target: Target) -> list[bytes]:
        """What Python makes of it."""
        packets = []
        for one in filter(None, map(parse, sent)):
            kind = TYPES.index(one.payload_type)
            number, stamp = one.sequence_number + SHIFTS[kind] & 0xFFFF, one.timestamp + STAMP & 0xFFFFFFFF
            packets.append(Packet(kind, CODECS[kind], one.marker, number, stamp, one.ssrc + 10, one.payload))
        packets.sort(key=lambda packet: packet.track)
        level(packets)
        return [data for data in map(target.addressed, packets) if data]

    def take(self, data: bytes, address: Address) -> None:
        assert address == self.address
        self.log.append(data)

    def hear(self) -> None:
        """Nobody reports."""

    def decrypted(self, data: bytes, at: float) -> None:
        assert at <= asyncio.get_running_loop().time()
        self.log.append(data)

    def hold(self) -> None:
        """Nothing else comes."""

    def given(self) -> None:
        self.log.append("given")

    def release(self) -> None:
        self.log.append("mine")

    def close(self) -> None:
        self.path.close()
        self._far.close()
        self._relay.close()
        for screen in self.screens:
            screen.close()


@contextmanager
def staged() -> Iterator[Stage]:
    made = Stage()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    with staged() as made:
        yield made


sizes = st.one_of(st.integers(1, 1200), st.integers(1000, 1040))
frames = st.lists(
    st.tuples(st.sampled_from((0, 0, 0, 1)), sizes, st.booleans(), st.sampled_from((0x80, 0x90, 0x82, 0x91))),
    min_size=1, max_size=12,
)  # fmt: skip
MORE = {0x80: b"", 0x82: b"c" * 8, 0x90: b"\xbe\xde\0\1abcd", 0x91: b"cccc\xbe\xde\0\2abcdefgh"}


@compiled
@given(st.lists(frames, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_it_sends_is_what_python_sends(several: list[list[tuple[int, int, bool, int]]]) -> None:
    async def play() -> None:
        with staged() as stage:
            for frame in several:
                stage.path.arm()
                sent = [
                    stage.next(kind, bytes([index]) * size, marker=marker and not kind, first=first, more=MORE[first])
                    for index, (kind, size, marker, first) in enumerate(frame)
                ]
                stage.send(*sent)
                kinds, marks = [one[0] for one in frame], [one[2] and not one[0] for one in frame]
                due = kinds[0] == 1 or any(marks) or len(frame) == 12
                assert stage.turn() == [*sent, *(["given"] if due else []), "mine"]
                for screen in stage.screens:
                    assert screen.read() == (stage.wanted(sent, screen.target) if due else [])

    asyncio.run(play())


@compiled
@given(st.lists(st.binary(min_size=12, max_size=80), min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=500, deadline=None)
def test_whatever_a_publisher_sends_python_reads_the_same(parts: list[bytes], dice: random.Random) -> None:
    """Half of it begins as packets do."""

    async def play() -> None:
        with staged() as stage:
            stage.path.arm()
            sent: list[bytes] = []
            for part in parts:
                usual = stage.next(0, part, marker=True, first=dice.choice((0x80, 0x90, 0x8F, 0xA0, 0xB1)))
                sent.append(
                    usual if dice.random() < 0.5 else bytes([0x80 | part[0] & 0x3F, part[1] & 0x7F | 0x80]) + part[2:]
                )
            sent = [one for one in sent if not 192 <= one[1] < 224]
            taken = []
            for one in sent:
                with suppress(Error):  # libsrtp does not encrypt what is no packet
                    stage.send(one)
                    taken.append(one)
            told = stage.turn()
            heard = [one for one in told if isinstance(one, bytes)]
            assert len(heard) + stage.counters.forged == len(taken)  # a number that came already is a repetition
            assert all(one in taken for one in heard)
            for screen in stage.screens:
                assert screen.read() == (stage.wanted(heard, screen.target) if "given" in told else [])

    asyncio.run(play())


@compiled
@pytest.mark.parametrize(
    "odd",
    [
        rtp(0, 102, b"gap", marker=True), rtp(0, 99, b"again", marker=True), rtp(0, 100, b"pad\4", first=0xA0),
        rtp(0, 100, b""), rtp(1, 100, b"no sound of ours"),
        rtp(0, 100, b"type")[:1] + b"\x61" + rtp(0, 100, b"type")[2:], rtp(0, 100, b"else")[:-5] + b"\x99else",
    ],
    ids=["gap", "repeated", "padding", "empty", "sound", "type", "stream"],
)  # fmt: skip
async def test_what_is_not_usual_is_pythons_and_so_is_all_that_follows(stage: Stage, odd: bytes) -> None:
    stage.path.arm()
    follows = rtp(1, 65530, b"sound")
    stage.send(odd, follows)
    assert stage.turn() == [odd, follows, "mine"]
    assert not any(screen.read() for screen in stage.screens)


@compiled
async def test_somebody_new_ends_it_and_somebody_known_does_not(stage: Stage) -> None:
    check = b"\0\1" + bytes(18)
    stage.path.arm()
    first, second = stage.next(1, b"one"), stage.next(1, b"two")
    stage.send(first)
    stage.send_raw(check)
    stage.send(second)
    assert stage.turn() == [first, check, second, "mine"]
    stage.path.meet(stage.address)
    stage.path.arm()
    third = stage.next(1, b"three")
    stage.send(third)
    stage.send_raw(check)
    assert stage.turn() == [third, check, "given", "mine"]


@compiled
async def test_what_is_forged_or_too_much_is_counted_and_dropped(stage: Stage) -> None:
    stage.path.arm()
    good = stage.next(1, b"sound")
    stage.send_raw(b"\x80\x6f" + bytes(40))
    stage.send(good)
    assert stage.turn() == [good, "given", "mine"]
    assert stage.counters.forged == 1
    stage.allowance = 0
    stage.path.arm()
    stage.send(stage.next(1, b"sound"))
    assert stage.turn() == ["mine"]
    assert stage.counters.flooded == 1


@compiled
async def test_a_way_that_takes_no_segments_is_broken_up(stage: Stage) -> None:
    screen = stage.screens[0]
    screen.target.move(("127.0.0.1", 0))
    stage.path.arm()
    stage.send(stage.next(0, b"a" * 900), stage.next(0, b"b" * 900, marker=True))
    stage.turn()
    assert not screen.target.whole
    assert stage.counters.unsent > 0
    assert all(len(one.read()) == 2 for one in stage.screens[1:3])


@compiled
async def test_it_is_proven_at_start() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        assert forwards(Compiled(sender, Counters(), gso=True))
        assert forwards(Compiled(sender, Counters(), gso=False))
        assert Batched(sender, Counters(), gso=True).name == "gso"


@pytest.mark.parametrize("address", [("192.0.2.7", 4711), ("2001:db8::7", 4711, 9, 0), ("::ffff:192.0.2.7", 1, 0, 0)])
def test_addresses_are_spelled_as_the_socket_spells_them(address: Address) -> None:
    assert spelled(sockaddr(address)) == address


def report(blocks: int, behind: int) -> bytes:
    """A receiver report as SRTCP shows it, so many bytes with it."""
    return bytes([0x80 | blocks, 201, 0, 1 + 6 * blocks]) + bytes(4 + 24 * blocks + behind)


GCM_REPORTS = [report(blocks, behind) for blocks in (0, 1, 2, 31) for behind in (20, 48)]
HMAC_REPORTS = [report(blocks, behind) for blocks in (1, 2) for behind in (14, 42)]
WITH_MORE = [report(2, 20 + name + feedback) for name in (0, 28) for feedback in (12, 16, 20, 24)]
OTHERS = [
    b"\x81\xc8sender",
    b"\x80\x49media",
    b"\x81\xcdnack",
    b"\0\1stun",
    b"\x16",
    b"\xc9\xc9",
    b"\x81\xc9",
    b"\x81\xc9\0",
]


def test_receivers_reports_do_not_wake_us_and_what_comes_with_a_request_does() -> None:
    first, second = opened("127.0.0.1", 0)
    assert second is not None
    urgent, quiet = [*WITH_MORE, *OTHERS], [*GCM_REPORTS, *HMAC_REPORTS]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, first, second:
        for data in (*quiet, *urgent):
            far.sendto(data, first.getsockname())
        assert [first.recv(999) for _ in urgent] == urgent
        assert [second.recv(999) for _ in quiet] == quiet
        with pytest.raises(OSError, match="in use"):
            opened("127.0.0.1", first.getsockname()[1])


@compiled
async def test_a_report_that_comes_to_the_first_socket_can_wait_too(stage: Stage) -> None:
    """Where there is no filter."""
    for data, ends in [(GCM_REPORTS[3], False), (HMAC_REPORTS[0], False), *((one, True) for one in WITH_MORE)]:
        stage.path.arm()
        sound = stage.next(1, b"sound")
        stage.send(sound)
        stage.send_raw(data)
        told = stage.turn()
        assert told == [sound, data, *([] if ends else ["given"]), "mine"]


@compiled
async def test_who_comes_while_it_goes_on_misses_nothing(relay: Relay, room: UUID) -> None:
    """Sound is not repeated: what a newcomer missed between Python's turns would be missing for ever."""

    async def carried() -> tuple[int, int]:
        told = (await relay.http.get("/health")).json()["counters"]
        return told["forwarded"], told["fast"]

    def heard(viewer: Viewer) -> bool:
        return viewer.audio.received > 30

    async with on_air(relay, room, probes=False), watching(relay, room) as first:
        await eventually("a picture", first.pictured)
        for _ in range(8):
            async with watching(relay, room) as viewer:
                await eventually("sound", partial(heard, viewer))
                assert_whole(viewer.audio)
        before = await carried()
        await asyncio.sleep(2)
        after = await carried()
        assert (after[1] - before[1]) > 0.7 * (after[0] - before[0]) > 0
        assert_whole(first.audio)
        assert_whole(first.video)
