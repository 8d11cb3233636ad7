"""Takes: what is written is what is read, a crash costs a torn record, a bad disk costs no viewer anything."""

import asyncio
import resource
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.packet import Packet
from media.recording import take
from media.recording.deck import Deck
from media.recording.tape import BACKLOG, Tape
from tests.media.talker import ROOMS


def packet(sequence: int = 1, size: int = 100, track: int = 0) -> Packet:
    codec = ("H264", "opus")[track]
    return Packet(track, codec, 0x80, sequence & 0xFFFF, sequence * 3000, 7, secrets.token_bytes(size))


def of(path: Path) -> list[bytes]:
    return [record.data for record in take.records(path)]


def test_a_take_gives_back_what_was_written(tmp_path: Path) -> None:
    path, packets = tmp_path / "host", [packet(1), packet(2, 1200), packet(3, 60, track=1)]
    path.write_bytes(take.written(packets[:2]) + take.written(packets[2:]))
    found = list(take.records(path))
    assert [record.data for record in found] == [each.data for each in packets]
    assert [(record.track, record.codec) for record in found] == [(0, "H264"), (0, "H264"), (1, "opus")]
    assert [record.at for record in found] == sorted(record.at for record in found)


@given(cut=st.integers(0, 400), rubbish=st.binary(max_size=40))
def test_a_torn_tail_is_cut_off_and_what_comes_after_it_is_read(
    cut: int, rubbish: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("take") / "host"
    packets = [packet(number) for number in range(5)]
    whole = take.written(packets)
    path.write_bytes(whole[: len(whole) - cut])
    kept = of(path)
    assert kept == [each.data for each in packets[: len(kept)]]
    assert len(kept) >= 5 - -(-cut // 124)
    assert take.mend(path) == path.stat().st_size
    later = packet(9)
    with path.open("ab") as file:
        file.write(take.written([later]))
    assert of(path) == [*kept, later.data]


def test_a_power_cut_may_leave_zeros(tmp_path: Path) -> None:
    path = tmp_path / "host"
    path.write_bytes(take.written([packet()]) + bytes(4096))
    assert len(of(path)) == 1
    assert take.mend(path) < 4096


@contextmanager
def small_files() -> Iterator[None]:
    """No file of this process may grow above 4,000 bytes: what a full disk is to a writer. The report of the tests may
    be such a file: nothing is to be said meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_the_take_and_is_remembered(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "host", lambda _: True)
    with small_files():
        tape.keep([packet(number, 1000) for number in range(10)])
        tape.write()
        tape.keep([packet(99)])
    assert (tape.ended, tape.lost) == (True, 1)
    assert len(of(tmp_path / "host")) == 3
    assert Tape(tmp_path / "host", lambda _: True).ended


def test_a_room_has_a_limit_over_all_its_seats_and_over_restarts(tmp_path: Path) -> None:
    folder = tmp_path / str(ROOMS[0])

    async def fill() -> int:
        """Each of two seats gets a kilobyte; what is on the disk then."""
        deck = Deck(tmp_path, 2500)
        deck.tape(ROOMS[0], "host").keep([packet(1, 1000)])
        deck.tape(ROOMS[0], "screen").keep([packet(1, 1000)])
        await deck.finish(ROOMS[0])
        deck.close()
        return sum(path.stat().st_size for path in folder.iterdir())

    assert asyncio.run(fill()) == 2 * 1024
    assert list(folder.glob("*.cut")) == []
    assert asyncio.run(fill()) == 2 * 1024
    assert len(list(folder.glob("*.cut"))) == 2


def test_a_disk_that_stands_still_costs_packets_of_the_take_only(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "host", lambda _: True)
    batch = [packet(number, 1000) for number in range(100)]
    for _ in range(3 * BACKLOG // 100_000):
        tape.keep(batch)
    assert tape.lost > 0
    tape.write()
    before = tape.lost
    tape.keep(batch)
    tape.write()
    assert tape.lost == before
    assert of(tmp_path / "host")[-1] == batch[-1].data
