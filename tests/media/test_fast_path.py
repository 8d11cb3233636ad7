"""The fast path sends what Python would send, leaves what is not usual to Python, and Python's books do not know it."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Error

from media import native
from media.batched import Batched
from media.counters import Counters
from media.fanout import Compiled
from media.rehearsal import forwards
from media.stun import Address
from media.target import sockaddr, spelled
from tests.expect import eventually
from tests.media.clients import Relay, Viewer
from tests.media.fast_stage import GCM_REPORTS, HMAC_REPORTS, WITH_MORE, Stage, rtp, staged
from tests.media.stage import assert_whole, on_air, watching

compiled = pytest.mark.skipif(native.library is None, reason="no compiler")


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
async def test_a_fault_of_ours_costs_one_datagram(stage: Stage) -> None:
    """The stage takes datagrams from its publisher only; over another's it fails, as a fault of ours would."""
    loop, faults = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, told: faults.append(told["exception"]))
    stage.path.arm()
    first, second = stage.next(1, b"one"), stage.next(1, b"two")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        stage.path.meet(other.getsockname())
        stage.send(first)
        stage.send_raw(b"\0\1" + bytes(18), other)
        stage.send(second)
        assert stage.turn() == [first, second, "given", "mine"]
    assert [type(fault) for fault in faults] == [AssertionError]
    stage.path.arm()
    third = stage.next(1, b"three")
    stage.send(third)
    assert stage.turn() == [third, "given", "mine"]


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
        await asyncio.sleep(2)  # nothing happens meanwhile: that is the stretch that is counted
        after = await carried()
        assert (after[1] - before[1]) > 0.7 * (after[0] - before[0]) > 0
        assert_whole(first.audio)
        assert_whole(first.video)
