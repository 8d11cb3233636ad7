"""Watching never credits more than time has passed, and chapters lie where they were."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.features.replays import rules
from backend.features.replays.rules import Allowance, Mark

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
MS = timedelta(milliseconds=1)
REPORTS = st.lists(st.tuples(st.integers(0, 900_000), st.integers(1, rules.LONGEST_MS)), max_size=60)


@given(REPORTS)
def test_over_any_time_no_more_is_credited_than_has_passed(reports: list[tuple[int, int]]) -> None:
    """However many tabs report, in whatever rhythm: over each window, what counts fits in the window."""
    now, allowance = START, None
    accepted: list[tuple[datetime, int]] = []
    for pause, ms in reports:
        now += pause * MS
        left = rules.spent(allowance, now, ms)
        if left is not None:
            allowance = left
            accepted.append((now, ms))
    if accepted:
        assert sum(ms for _, ms in accepted) * MS <= now - accepted[0][0] + rules.FIRST_MS * MS
    for first, (since, _) in enumerate(accepted):
        for until, (end, _) in enumerate(accepted[first:], first):
            total = sum(ms for _, ms in accepted[first : until + 1])
            assert total * MS <= end - since + rules.MOST_MS * MS


@given(st.lists(st.integers(1, 60), min_size=1, max_size=50))
def test_honest_watching_in_one_tab_is_never_refused(seconds: list[int]) -> None:
    now, allowance = START, None
    for second in seconds:
        now += timedelta(seconds=second)
        allowance = rules.spent(allowance, now, min(second * 1000, rules.FIRST_MS if allowance is None else 60_000))
        assert allowance is not None


def test_two_tabs_at_once_are_one_person() -> None:
    allowance: Allowance | None = Allowance(START, 0)
    told = []
    for second in range(15, 316, 15):
        for _ in range(2):
            left = rules.spent(allowance, START + timedelta(seconds=second), 15_000)
            told.append(left is not None)
            allowance = left or allowance
    assert sum(told) == len(told) // 2


@given(st.integers(-10, 200_000), st.integers(-10, 500_000))
def test_only_parts_of_the_recording_can_be_watched(from_ms: int, to_ms: int) -> None:
    if rules.inside(from_ms, to_ms, 100_000):
        assert 0 <= from_ms < to_ms <= 100_000 + rules.ROUNDING_MS
        assert to_ms - from_ms <= rules.LONGEST_MS


def test_chapters_are_the_moments_inside_the_recording_each_once() -> None:
    moments = [
        (START - timedelta(seconds=5), "before it ran"),
        (START + timedelta(seconds=20), "Refunds\n  above 500"),
        (START + timedelta(seconds=90), "Questions"),
        (START + timedelta(seconds=95), "Refunds above 500"),
        (START + timedelta(seconds=200), "after it ran"),
    ]
    assert rules.chapters(moments, START, 120_000) == [Mark(20_000, "Refunds above 500"), Mark(90_000, "Questions")]


def test_watching_to_the_ends_proves_what_the_recording_lacks_there() -> None:
    whole = (-rules.EDGE_MS, 60_000 + rules.EDGE_MS)
    assert rules.extent(0, 60_000, 60_000) == rules.extent(8, 59_990, 60_000) == whole
    assert rules.extent(2_000, 58_000, 60_000) == (2_000, 58_000)
