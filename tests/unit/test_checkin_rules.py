"""The day of a check-in, in every zone, at every hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backend.features.checkins.rules import PATIENCE, SKEW, Verdict, answered_right, verdict

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")]
)
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
LAGS = st.timedeltas(timedelta(hours=-50), timedelta(hours=50))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_offline_tap_before_midnight_counts_for_its_own_day() -> None:
    tapped = at("2026-11-23T23:58:00+08:00")
    found = verdict(tapped, tapped + timedelta(hours=9), tapped - timedelta(hours=2), SHANGHAI)
    assert found == Verdict(tapped, date(2026, 11, 23), late=False)


def test_it_has_thirty_six_hours_and_not_a_millisecond_more() -> None:
    tapped = at("2026-11-23T08:00:00+08:00")
    assert not verdict(tapped, tapped + PATIENCE, tapped, SHANGHAI).late
    found = verdict(tapped, tapped + PATIENCE + timedelta(milliseconds=1), tapped, SHANGHAI)
    assert found.late
    assert found.day == date(2026, 11, 24)


def test_a_clock_set_back_before_the_last_contact_is_not_believed() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    found = verdict(arrived - timedelta(hours=12), arrived, arrived - timedelta(hours=1), SHANGHAI)
    assert found == Verdict(arrived, date(2026, 11, 24), late=True)


def test_without_a_contact_the_arrival_counts_and_only_another_day_is_late() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    assert verdict(arrived - timedelta(hours=10), arrived, None, SHANGHAI).late
    assert not verdict(arrived - timedelta(hours=1), arrived, None, SHANGHAI).late


def test_a_fast_clock_is_forgiven_five_minutes_over_midnight() -> None:
    arrived = at("2026-11-23T23:57:00+08:00")
    assert verdict(arrived + SKEW, arrived, arrived, SHANGHAI) == Verdict(arrived, date(2026, 11, 23), late=False)
    assert verdict(arrived + SKEW, arrived, None, SHANGHAI) == Verdict(arrived, date(2026, 11, 23), late=False)
    assert verdict(arrived + SKEW + timedelta(seconds=1), arrived, arrived, SHANGHAI).late


def test_days_of_twenty_three_and_twenty_five_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for tapped, day in (
        ("2026-03-29T01:59:59+01:00", date(2026, 3, 29)),
        ("2026-03-29T23:30:00+02:00", date(2026, 3, 29)),
        ("2026-10-25T00:10:00+02:00", date(2026, 10, 25)),
        ("2026-10-25T23:50:00+01:00", date(2026, 10, 25)),
    ):
        assert verdict(at(tapped), at(tapped), at(tapped), berlin).day == day


def test_the_ends_of_time_are_only_late() -> None:
    arrived = at("2026-11-24T09:00:00+08:00")
    for claimed in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        for name in ("America/New_York", "Asia/Shanghai"):
            assert verdict(claimed, arrived, arrived, ZoneInfo(name)).late


@given(INSTANTS, LAGS, st.none() | LAGS, ZONES)
def test_the_day_that_counts_is_always_the_day_of_the_instant_that_counts(
    arrived: datetime, lag: timedelta, since: timedelta | None, zone: ZoneInfo
) -> None:
    claimed = arrived - lag
    contact = None if since is None else arrived - since
    found = verdict(claimed, arrived, contact, zone)
    assert found.day == found.at.astimezone(zone).date()
    assert arrived - PATIENCE <= found.at <= arrived
    assert found.at in (claimed, arrived)
    if found.at != arrived:
        assert contact is not None
        assert contact <= found.at
    if found.late:
        assert found.at == arrived


def test_a_quiz_is_right_wrong_or_no_quiz() -> None:
    assert answered_right(2, 2) is True
    assert answered_right(2, 1) is False
    assert answered_right(None, 1) is None
    assert answered_right(2, None) is None
