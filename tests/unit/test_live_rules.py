"""What a live session may do next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.features.live import rules
from backend.features.live.rules import STATES, State

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "minutes_before", "hosting", "open_"),
    [
        ("scheduled", 30, False, True),
        ("scheduled", 31, False, False),
        ("scheduled", 600, True, True),
        ("scheduled", -5, False, True),
        ("live", 0, False, True),
        ("ended", 0, True, False),
        ("closed", 0, False, False),
        ("cancelled", 0, True, False),
    ],
)
def test_the_door_opens_half_an_hour_before(state: State, minutes_before: int, hosting: bool, open_: bool) -> None:
    assert rules.enterable(state, NOON, NOON - minutes_before * MINUTE, hosting=hosting) is open_


@pytest.mark.parametrize(
    ("state", "on_air", "paused", "was_on_air", "shown"),
    [
        ("scheduled", True, False, True, "before"),
        ("live", False, False, False, "before"),
        ("live", True, False, True, "none"),
        ("live", True, True, True, "break"),
        ("live", False, True, True, "break"),
        ("live", False, False, True, "hostLost"),
        ("ended", False, False, True, "none"),
    ],
)
def test_the_slate_says_why_there_is_no_picture(
    state: State, on_air: bool, paused: bool, was_on_air: bool, shown: str
) -> None:
    assert rules.slate(state, on_air=on_air, paused=paused, was_on_air=was_on_air) == shown


@given(st.sampled_from(STATES), st.booleans(), st.booleans(), st.booleans())
def test_only_a_live_room_misses_its_host(state: State, on_air: bool, paused: bool, was_on_air: bool) -> None:
    shown = rules.slate(state, on_air=on_air, paused=paused, was_on_air=was_on_air)
    assert (shown == "hostLost") == (state == "live" and was_on_air and not on_air and not paused)


@pytest.mark.parametrize(
    ("last_on_air", "paused_at", "after", "over"),
    [
        (None, None, 29, False),
        (None, None, 30, True),
        (20, None, 29, False),
        (20, None, 30, True),
        (-5, None, 9, False),
        (-5, None, 10, True),
        (20, 25, 84, False),
        (20, 25, 85, True),
    ],
)
def test_a_room_waits_for_its_host_but_not_for_ever(
    last_on_air: int | None, paused_at: int | None, after: int, over: bool
) -> None:
    """Minutes after the start: 30 without any picture, 10 after the last one, a break up to an hour."""
    last = None if last_on_air is None else NOON + last_on_air * MINUTE
    paused = None if paused_at is None else NOON + paused_at * MINUTE
    assert rules.abandoned(NOON, last, paused, NOON + after * MINUTE) is over


@given(st.integers(0, 10**8))
def test_prompts_come_every_seventeen_minutes_on_air_after_fifteen(on_air_ms: int) -> None:
    due = next(shown for shown in range(200) if not rules.prompt_due(on_air_ms, shown))
    assert due == (0 if on_air_ms < 900_000 else 1 + (on_air_ms - 900_000) // 1_020_000)


@given(st.lists(st.integers(0, 10**7), max_size=50))
def test_teaching_counts_every_viewers_started_minutes(credited: list[int]) -> None:
    taught = rules.audience_minutes(credited)
    assert sum(credited) <= taught * 60_000 < sum(credited) + 60_000 * max(len(credited), 1)
