"""The day of a check-in, in every zone, at every hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backend.features.checkins.rules import PATIENCE, SKEW, answered_right, day_of, is_clear, is_late, local_day
from backend.kit import clock

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")]
)
INSTANTS = st.integers(2**30, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
LAGS = st.timedeltas(timedelta(hours=-50), timedelta(hours=50))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def counted(
    claimed: datetime, arrived: datetime, contact: datetime | None, zone: ZoneInfo = SHANGHAI
) -> tuple[date, bool]:
    day = day_of(claimed, arrived, contact, zone)
    return day, is_late(claimed, arrived, day, zone)


def test_an_offline_tap_before_midnight_counts_for_its_own_day() -> None:
    tapped = at("2026-11-23T23:58:00+08:00")
    found = counted(tapped, tapped + timedelta(hours=9), tapped - timedelta(hours=2))
    assert found == (date(2026, 11, 23), False)


def test_it_has_thirty_six_hours_and_not_a_millisecond_more() -> None:
    tapped = at("2026-11-23T08:00:00+08:00")
    assert counted(tapped, tapped + PATIENCE, tapped) == (date(2026, 11, 23), False)
    late = tapped + PATIENCE + timedelta(milliseconds=1)
    assert counted(tapped, late, tapped) == (date(2026, 11, 24), True)


def test_a_clock_set_back_before_the_last_contact_is_not_believed() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    found = counted(arrived - timedelta(hours=12), arrived, arrived - timedelta(hours=1))
    assert found == (date(2026, 11, 24), True)


def test_without_a_contact_the_arrival_counts_and_only_another_day_is_late() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    assert counted(arrived - timedelta(hours=10), arrived, None) == (date(2026, 11, 24), True)
    assert counted(arrived - timedelta(hours=1), arrived, None) == (date(2026, 11, 24), False)


def test_a_fast_clock_is_forgiven_five_minutes_over_midnight() -> None:
    arrived = at("2026-11-23T23:57:00+08:00")
    assert counted(arrived + SKEW, arrived, arrived) == (date(2026, 11, 23), False)
    assert counted(arrived + SKEW, arrived, None) == (date(2026, 11, 23), False)
    assert counted(arrived + SKEW + timedelta(seconds=1), arrived, arrived) == (date(2026, 11, 23), True)


def test_days_of_twenty_three_and_twenty_five_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for tapped, day in (
        ("2026-03-29T01:59:59+01:00", date(2026, 3, 29)),
        ("2026-03-29T23:30:00+02:00", date(2026, 3, 29)),
        ("2026-10-25T00:10:00+02:00", date(2026, 10, 25)),
        ("2026-10-25T23:50:00+01:00", date(2026, 10, 25)),
    ):
        assert counted(at(tapped), at(tapped), at(tapped), berlin) == (day, False)


def test_the_ends_of_time_are_only_late() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        for name in ("America/New_York", "Asia/Shanghai"):
            assert counted(clock.claimed(at(text)), arrived, arrived, ZoneInfo(name))[1]


@given(INSTANTS, LAGS, st.none() | LAGS, ZONES)
def test_no_claim_reaches_further_than_the_rule(
    arrived: datetime, lag: timedelta, since: timedelta | None, zone: ZoneInfo
) -> None:
    claimed = arrived - lag
    contact = None if since is None else arrived - since
    day, late = counted(claimed, arrived, contact, zone)
    assert day in {local_day(claimed, zone), local_day(arrived, zone)}
    assert local_day(arrived - PATIENCE, zone) <= day <= local_day(arrived, zone)
    if day != local_day(arrived, zone):
        assert contact is not None
        assert contact <= claimed
        assert not late
    if late:
        assert day == local_day(arrived, zone) != local_day(claimed, zone)


def test_a_quiz_is_right_wrong_or_no_quiz() -> None:
    assert answered_right(2, 2) is True
    assert answered_right(2, 1) is False
    assert answered_right(None, 1) is None
    assert answered_right(2, None) is None


def test_only_a_quiz_has_choices_and_it_has_a_right_one() -> None:
    assert is_clear("quiz", ["a", "b"], 1)
    assert is_clear("mood", [], None)
    assert not is_clear("quiz", ["a", "b"], 2)
    assert not is_clear("quiz", ["a", "b"], None)
    assert not is_clear("quiz", ["a"], 0)
    assert not is_clear("line", ["a", "b"], None)
    assert not is_clear("line", [], 0)
