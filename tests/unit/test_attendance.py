"""The attendance rule against its golden examples, and what an explanation must add up to."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from backend.projections.attendance.explain import Gap, explain
from backend.projections.attendance.intervals import measure
from backend.projections.attendance.rules import Attendance, Case, attend
from tests.unit.attendance_model import cases, modelled


class Example(Case, frozen=True):
    expected: dict[str, Attendance] = {}


EXAMPLES = msgspec.json.decode(
    (Path(__file__).parents[1] / "golden" / "attendance.json").read_bytes(), type=list[Example]
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_golden_example_is_exact(example: Example) -> None:
    assert attend(example) == example.expected


@given(cases())
def test_rule_equals_the_millisecond_model(case: Case) -> None:
    assert attend(case) == modelled(case)


@given(cases())
def test_present_and_gaps_are_exactly_the_on_air_time(case: Case) -> None:
    for person, line in attend(case).items():
        told = explain(case, person)
        assert measure(told.present) == line.credited_ms
        assert line.credited_ms + sum(gap.end - gap.start for gap in told.gaps) == line.on_air_ms


def test_gaps_say_why() -> None:
    case = msgspec.json.decode(
        b"""{"session": {"opened": 0, "closed": 1000, "onAir": [[0, 1000]]}, "faults": [],
        "policy": {"bridge": 10, "grace": 15, "rejoin": 120, "promptWindow": 60},
        "people": {"a": {"stays": [
            {"device": "d", "joined": 100, "left": 400, "lastBeat": 400},
            {"device": "d", "joined": 500, "left": null, "lastBeat": 900}],
            "prompts": [{"shown": 600, "answered": null}], "acts": [700], "replay": [[0, 50]]},
            "b": {}}}""",
        type=Case,
    )
    assert explain(case, "a").gaps == [
        Gap(50, 100, "late"),
        Gap(400, 500, "network"),
        Gap(600, 700, "prompt"),
        Gap(900, 1000, "left"),
    ]
    assert explain(case, "b").gaps == [Gap(0, 1000, "away")]
