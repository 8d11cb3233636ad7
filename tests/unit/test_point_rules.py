"""Points: what is paid one act after the other, with caps, versions, once-per-object and reversals."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.kit.ids import uuid7
from backend.projections.points.rules import Ledger, PointEntry, PointRule, Rulebook, credit
from backend.traces.statement import Object, Result, Statement, Trace
from backend.traces.verbs import ATTENDED, CHECKED_IN, COMPLETED, TAUGHT, VOIDED

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
ANNA, LESSON = UUID(int=7), UUID(int=8)


def make_rule(verb: str, **other: Any) -> PointRule:
    fields: dict[str, Any] = {
        "code": verb,
        "version": 1,
        "verb": verb,
        "object_type": None,
        "account": "learning",
        "amount": 10,
        "per": "act",
        "once": False,
        "day_cap": None,
        "week_cap": None,
        "valid_from": EPOCH,
        "valid_to": None,
    }
    return PointRule(**(fields | other))


def make_trace(verb: str, day: date = MONDAY, thing: UUID = LESSON, stored: int = 0, **told: int) -> Trace:
    statement = Statement(
        id=uuid7(),
        org=UUID(int=1),
        actor=ANNA,
        verb=verb,
        object=Object(thing, "lesson", "x"),
        timestamp=EPOCH,
        day=day,
        source="app",
        result=Result(extensions=dict(told)),
    )
    return Trace(stored, EPOCH + timedelta(days=stored), statement)


def paid(traces: list[Trace], *rules: PointRule) -> list[int]:
    return [entry.amount for entry in entries(traces, *rules)]


def entries(traces: list[Trace], *rules: PointRule) -> list[PointEntry]:
    return credit(traces, Rulebook(rules), Ledger({}, {}, [], []))


def test_share_and_minutes_scale_the_amount() -> None:
    assert paid([make_trace(ATTENDED, share=9969)], make_rule(ATTENDED, amount=20, per="share")) == [19]
    assert paid([make_trace(TAUGHT, minutes=7)], make_rule(TAUGHT, amount=1, per="minute")) == [7]
    assert paid([make_trace(ATTENDED)], make_rule(ATTENDED, per="share")) == []


def test_what_a_cap_takes_away_is_kept() -> None:
    taught = [make_trace(TAUGHT, minutes=45), make_trace(TAUGHT, minutes=45), make_trace(TAUGHT, minutes=45)]
    found = entries(taught, make_rule(TAUGHT, amount=1, per="minute", day_cap=60))
    assert [(entry.amount, entry.capped) for entry in found] == [(45, 0), (15, 30)]


def test_a_lesson_pays_once_and_again_after_it_was_voided() -> None:
    first, second, third = (make_trace(COMPLETED) for _ in range(3))
    void = make_trace(VOIDED, thing=first.statement.id)
    again = make_trace(VOIDED, thing=first.statement.id)
    assert paid([first, second, void, again, third], make_rule(COMPLETED, once=True)) == [10, -10, 10]


def test_a_voided_check_in_frees_its_day() -> None:
    first, second, third = (make_trace(CHECKED_IN) for _ in range(3))
    void = make_trace(VOIDED, thing=first.statement.id)
    found = entries([first, second, void, third], make_rule(CHECKED_IN, day_cap=10))
    assert [entry.amount for entry in found] == [10, -10, 10]
    assert found[1].reverses == found[0].id
    assert found[1].day == MONDAY


def test_the_version_in_force_when_it_was_stored_pays() -> None:
    change = EPOCH + timedelta(days=5)
    rules = (
        make_rule(CHECKED_IN, version=2, amount=30, valid_from=change),
        make_rule(CHECKED_IN, version=1, valid_to=change),
    )
    assert paid([make_trace(CHECKED_IN, stored=4), make_trace(CHECKED_IN, stored=5)], *rules) == [10, 30]
    overlapping = (make_rule(CHECKED_IN), make_rule(CHECKED_IN, version=2, amount=30, valid_from=change))
    assert paid([make_trace(CHECKED_IN, stored=4), make_trace(CHECKED_IN, stored=5)], *overlapping) == [10, 30]


def test_another_object_type_is_not_paid() -> None:
    assert paid([make_trace(COMPLETED)], make_rule(COMPLETED, object_type="exam")) == []


_days = st.integers(0, 20).map(lambda n: MONDAY + timedelta(days=n))


@given(
    acts=st.lists(st.tuples(_days, st.integers(0, 9)), max_size=30),
    day_cap=st.none() | st.integers(1, 20),
    week_cap=st.none() | st.integers(1, 40),
    cut=st.integers(0, 30),
)
def test_caps_hold_however_the_acts_are_batched(
    acts: list[tuple[date, int]], day_cap: int | None, week_cap: int | None, cut: int
) -> None:
    rule = make_rule(TAUGHT, amount=1, per="minute", day_cap=day_cap, week_cap=week_cap)
    traces = [make_trace(TAUGHT, day=day, minutes=minutes) for day, minutes in acts]
    ledger = Ledger({}, {}, [], [])
    credit(traces[:cut], Rulebook([rule]), ledger)
    credit(traces[cut:], Rulebook([rule]), ledger)
    days: dict[date, int] = {}
    weeks: dict[tuple[int, int], int] = {}
    expected = []
    for day, minutes in acts:
        week = day.isocalendar()[:2]
        due = min(minutes, (day_cap or 999) - days.get(day, 0), (week_cap or 999) - weeks.get(week, 0))
        days[day], weeks[week] = days.get(day, 0) + due, weeks.get(week, 0) + due
        expected += [due] if due else []
    assert [entry.amount for entry in ledger.added] == expected
