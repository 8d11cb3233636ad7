"""The raw record of a live session: told late, twice and out of order it stays the same, and it exports exactly."""

import random
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.commands import attendance as wake_attendance
from backend.commands import export, recompute
from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.projections.attendance.queries import case_of
from backend.projections.attendance.rules import attend
from backend.projections.attendance.service import milliseconds
from backend.record import record
from backend.traces import verbs
from backend.traces.statement import Statement
from tests.backend.acts import NOON, make_told
from tests.rebuild import assert_rebuild_equals_live

pytestmark = pytest.mark.usefixtures("kit")

START = milliseconds(NOON)


def make_share(session: UUID, anna: UUID, ben: UUID) -> list[Statement]:
    """Ten minutes: Anna stays, Ben leaves at 300 s; a prompt at 400 s that Anna answers; a fault at 100 s."""
    host, publication = uuid7(), str(uuid7())
    stays = {anna: str(uuid7()), ben: str(uuid7())}
    seat = {"seat": "host", "publication": publication}
    prompt = make_told(session, verbs.PROMPTED, 400)

    def told(verb: str, at: float, person: UUID | None = None, **words: Any) -> Statement:
        return make_told(session, verb, at, person, **words)

    def beat(at: float, *people: UUID) -> Statement:
        present = [{"stay": stays[who], "person": str(who), "device": "phone", "mediaMs": 10_000} for who in people]
        return told(verbs.BEAT, at, people=present)

    return [
        told(verbs.OPENED, 0, host),
        told(verbs.PUBLISHED, 5, host, device="laptop", **seat),
        told(verbs.JOINED, 10, anna, stay=stays[anna], device="phone"),
        told(verbs.JOINED, 20, ben, stay=stays[ben], device="phone"),
        beat(30, anna, ben),
        told(verbs.FAULTED, 110, None, kind="restart", **{"from": START + 100_000, "to": START + 110_000}),
        beat(290, anna, ben),
        told(verbs.LEFT, 300, ben, stay=stays[ben], device="phone", reason="bye"),
        prompt,
        told(verbs.CONFIRMED, 430, anna, prompt=str(prompt.id)),
        told(verbs.COMMENTED, 440, anna),
        beat(590, anna),
        told(verbs.UNPUBLISHED, 595, host, reason="bye", **seat),
        told(verbs.ENDED, 600, host),
    ]


async def test_the_record_gives_the_rule_s_figures() -> None:
    session, anna, ben = uuid7(), uuid7(), uuid7()
    for statement in make_share(session, anna, ben):
        await record(statement)
    case = await case_of(session)
    figures = attend(case)
    assert figures[str(anna)].live_ms == 580_000  # from 10 s to the last beat at 590 s
    assert figures[str(ben)].live_ms == 280_000
    assert figures[str(anna)].on_air_ms == 590_000
    assert [prompt.answered for prompt in case.people[str(anna)].prompts] == [START + 430_000]
    assert case.people[str(ben)].prompts == []  # he had left
    assert case.people[str(anna)].acts == [START + 440_000]
    await assert_rebuild_equals_live()


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_order_the_record_is_the_same(seed: int) -> None:
    session, anna, ben = uuid7(), uuid7(), uuid7()
    told = make_share(session, anna, ben)
    await record(*told)
    expected = await case_of(session)
    shuffled = [_moved(statement, other := UUID(int=seed + 1000)) for statement in told]
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), seed + 1):
        await record(*shuffled[start : start + seed + 1])
    again = await case_of(other)
    assert (again.session, again.faults) == (expected.session, expected.faults)
    assert again.people == expected.people
    await assert_rebuild_equals_live()


def _moved(statement: Statement, session: UUID) -> Statement:
    """The same told of another session, with stays, publications and prompts of its own."""
    text = msgspec.json.encode(statement).decode().replace(str(statement.object.id), str(session))
    told = statement.result.extensions if statement.result else {}
    names = {str(statement.id), *(str(told[name]) for name in ("stay", "publication", "prompt") if name in told)}
    names |= {present["stay"] for present in told.get("people", [])}
    for name in names:
        text = text.replace(name, str(UUID(int=UUID(name).int ^ session.int << 8)))
    return msgspec.json.decode(text, type=Statement)


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_a_stay_is_the_same_in_every_order_of_its_messages(order: tuple[int, ...]) -> None:
    session, anna, stay = uuid7(), uuid7(), str(uuid7())

    def beat(at: int, media: int) -> Statement:
        present = {"stay": stay, "person": str(anna), "device": "phone", "mediaMs": media}
        return make_told(session, verbs.BEAT, at, people=[present])

    messages = [
        make_told(session, verbs.JOINED, 0, anna, stay=stay, device="phone"),
        beat(10, 9_000),
        beat(20, 4_000),
        make_told(session, verbs.LEFT, 25, anna, stay=stay, device="phone", reason="bye"),
    ]
    for index in order:
        await record(messages[index])
    row = await db.fetchrow('select joined, "left", media_ms from stay where session = $1', session)
    assert row is not None
    assert (milliseconds(row["joined"]), milliseconds(row["left"])) == (START, START + 25_000)


async def test_a_ghost_ends_at_its_last_beat_and_an_open_session_now() -> None:
    session, anna, stay = uuid7(), uuid7(), str(uuid7())
    present = {"stay": stay, "person": str(anna), "device": "phone", "mediaMs": 10_000}
    await record(
        make_told(session, verbs.OPENED, 0),
        make_told(session, verbs.PUBLISHED, 0, seat="host", publication=str(uuid7())),
        make_told(session, verbs.JOINED, 0, anna, stay=stay, device="phone"),
        make_told(session, verbs.BEAT, 40, people=[present]),
    )
    with clock.travel(NOON.replace(minute=1)):
        figures = attend(await case_of(session))[str(anna)]
    assert (figures.live_ms, figures.on_air_ms) == (40_000, 60_000)


async def test_an_auditor_recomputes_from_the_export(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    session, anna, ben = uuid7(), uuid7(), uuid7()
    await record(*make_share(session, anna, ben))
    file = tmp_path / "session.json"
    file.write_bytes(await export(session))
    assert wake_attendance(["recompute", str(file)], {}) == 0
    (told,) = msgspec.json.decode(capfdbinary.readouterr().out)
    expected = attend(await case_of(session))
    assert told == msgspec.to_builtins(expected)
    assert set(told) == {str(anna), str(ben)}
    assert wake_attendance(["export"], {}) == 2


def test_recompute_answers_the_golden_examples_in_order() -> None:
    golden = (Path(__file__).parents[1] / "golden" / "attendance.json").read_bytes()
    expected = [example["expected"] for example in msgspec.json.decode(golden)]
    assert msgspec.json.decode(recompute(golden)) == expected
