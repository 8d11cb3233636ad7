"""The kit's pure parts: clock, ids, settings, tokens."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit import clock, tokens
from backend.kit.ids import derived, uuid7
from backend.kit.settings import Settings, SettingsFault

GOOD = {
    "DATABASE_URL": "postgresql://x",
    "REDIS_URL": "redis://x",
    "WAKE_SECRET": "s" * 32,
    "WAKE_MEDIA_SECRET": "m" * 32,
}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))


class Card(msgspec.Struct, frozen=True):
    """Something to sign."""

    name: str
    id: UUID


class Other(msgspec.Struct, frozen=True):
    """Something else."""

    number: int


def test_travelling_stops_the_clock_and_comes_back() -> None:
    with clock.travel(NEW_YEAR):
        assert clock.now() == NEW_YEAR
        assert clock.now().tzinfo is UTC
        assert clock.milliseconds() == 1767196800000
        with clock.travel(NEW_YEAR + timedelta(days=1)):
            assert clock.now().day == 1
        assert clock.now() == NEW_YEAR
    assert clock.now() > NEW_YEAR


def test_ids_sort_by_their_millisecond_and_say_what_they_are() -> None:
    with clock.travel(NEW_YEAR):
        older = {uuid7() for _ in range(1000)}
    with clock.travel(NEW_YEAR + timedelta(milliseconds=1)):
        newer = {uuid7() for _ in range(1000)}
    assert len(older | newer) == 2000
    assert max(older) < min(newer)
    assert {(one.version, one.variant) for one in older} == {(7, "specified in RFC 4122")}
    assert min(older).int >> 80 == 1767196800000


def test_what_follows_from_a_trace_always_has_the_same_id() -> None:
    trace = UUID(int=7)
    assert derived(trace, "points", "a") == derived(trace, "points", "a")
    assert len({derived(trace, "points"), derived(trace, "streak"), derived(UUID(int=8), "points")}) == 3


def test_settings_report_all_faults_together() -> None:
    with pytest.raises(SettingsFault) as caught:
        Settings.load({"WAKE_SECRET": "short", "WAKE_PORT": "70000", "LAN": "yes", "WAKE_MEDIA_URL": "ftp://x"})
    assert [fault.split()[0] for fault in caught.value.faults] == [
        "DATABASE_URL", "REDIS_URL", "WAKE_SECRET", "WAKE_MEDIA_SECRET", "WAKE_PORT", "WAKE_MEDIA_URL", "LAN",
    ]  # fmt: skip


def test_settings_have_defaults() -> None:
    settings = Settings.load(GOOD)
    assert (settings.port, settings.demo, settings.lan, settings.media_url) == (8000, False, False, None)
    assert settings.media_control == "http://127.0.0.1:8001"
    assert settings.data == Path(".wake").resolve()
    assert Settings.load(GOOD | {"WAKE_MEDIA_URL": "https://media.x/", "WAKE_DEMO": "1"}).media_url == "https://media.x"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.0", "٨٠٠٠", " 80", "x"])
def test_a_port_is_a_whole_number(port: str) -> None:
    with pytest.raises(SettingsFault, match="WAKE_PORT"):
        Settings.load(GOOD | {"WAKE_PORT": port})


@given(st.text(max_size=50), st.uuids())
def test_a_token_brings_back_what_was_signed(name: str, id: UUID) -> None:  # noqa: A002 - the field's name
    tokens.use("s" * 32)
    assert tokens.verify("p", tokens.sign("p", Card(name, id), timedelta(hours=1)), Card) == Card(name, id)


def test_a_token_is_worth_nothing_for_another_purpose_type_secret_or_time() -> None:
    tokens.use("s" * 32)
    card = Card("x", UUID(int=1))
    text = tokens.sign("p", card, timedelta(minutes=5))
    assert tokens.verify("q", text, Card) is None
    assert tokens.verify("p", text, Other) is None
    with clock.travel(clock.now() + timedelta(minutes=6)):
        assert tokens.verify("p", text, Card) is None
    tokens.use("t" * 32)
    assert tokens.verify("p", text, Card) is None


@given(st.text(max_size=200))
def test_nothing_invented_is_a_token(text: str) -> None:
    tokens.use("s" * 32)
    assert tokens.verify("p", text, Card) is None


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_a_token_with_one_bit_changed_is_none(place: int, bit: int) -> None:
    tokens.use("s" * 32)
    text = tokens.sign("p", Card("x", UUID(int=1)), timedelta(hours=1)).encode()
    place %= len(text)
    changed = text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :]
    assert tokens.verify("p", changed.decode("latin-1"), Card) is None
