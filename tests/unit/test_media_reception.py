"""What the relay counts of an incoming stream, against a model that keeps every packet."""

from hypothesis import given
from hypothesis import strategies as st

from media.reception import MEMORY, Reception

CLOCK = 90_000


def received(numbers: list[int]) -> Reception:
    """A reception of these extended numbers, a frame each, a thirtieth of a second apart."""
    reception = Reception(7, CLOCK)
    for at, number in enumerate(numbers):
        reception.add(number & 0xFFFF, number * 3000 & 0xFFFFFFFF, at / 30)
    return reception


@given(
    first=st.integers(0, 0xFFFF),
    steps=st.lists(st.integers(1, 300), min_size=1, max_size=60),
    late=st.lists(st.integers(1, 200), max_size=20),
)
def test_gaps_are_known_until_they_are_filled_or_too_old(first: int, steps: list[int], late: list[int]) -> None:
    """Over any wrap, with packets that come late or twice."""
    numbers = [first]
    for step in steps:
        numbers.append(numbers[-1] + step)
    numbers += [number for number in (numbers[-1] - behind for behind in late) if number > first]
    reception = received(numbers)
    highest = max(numbers)
    assert reception.highest == highest
    expected = set(range(max(first, highest - MEMORY), highest)) - set(numbers)
    assert reception.missing == [number & 0xFFFF for number in sorted(expected)]
    assert reception.lost == highest - first + 1 - len(numbers)


def test_a_report_counts_from_the_one_before() -> None:
    reception = received([*range(100), *range(150, 200)])
    block = reception.block(0, 0)
    assert (block.fraction, block.lost, block.highest) == (50 * 256 // 200, 50, 199)
    for number in range(200, 300):
        reception.add(number, number * 3000, number / 30)
    assert reception.block(0, 0).fraction == 0


def test_what_another_stream_repaired_is_not_asked_for_again() -> None:
    reception = received([65530, 65535, 65537])
    assert reception.missing == [65531, 65532, 65533, 65534, 0]
    reception.repaired(0)
    reception.repaired(65533)
    assert reception.missing == [65531, 65532, 65534]
    assert reception.lost == 5


def test_jitter_is_how_unevenly_frames_come() -> None:
    """Even arrival has none; a wrap of the timestamp is no jump."""
    even = Reception(7, CLOCK)
    for frame in range(100):
        even.add(frame, 0xFFFFFFFF - 150_000 + frame * 3000 & 0xFFFFFFFF, frame / 30)
    assert even.block(0, 0).jitter <= 1
    uneven = Reception(7, CLOCK)
    for frame in range(100):
        uneven.add(frame, frame * 3000, frame / 30 + 0.01 * (frame % 2))
    assert 600 < uneven.block(0, 0).jitter <= 900
