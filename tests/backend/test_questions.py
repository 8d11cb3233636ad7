"""The question of the day: who asks, who is asked, and the answer that comes at once."""

from datetime import datetime, timedelta

from backend.kit import clock, db
from tests.backend.test_checkins import act, somebody, status, tap
from tests.backend.test_people import problem
from tests.cast import Cast
from tests.make import make_channel

DAY = timedelta(days=1)


async def test_the_nearest_channel_asks_and_a_quiz_answers_at_once(cast: Cast) -> None:
    company = await make_channel(cast.company, cast.admin.employee, "Company")
    team = await make_channel(cast.team, cast.alice.employee, "Team")
    quiz = {"day": "2026-12-01", "kind": "quiz", "text": "Who pays?", "choices": ["We", "They"], "right": 1}
    mood = {"day": "2026-12-01", "kind": "mood", "text": "How are you?"}
    day = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    with clock.travel(day - DAY):
        assert (await cast.admin.client.put(f"/api/channels/{company}/question", json=mood)).status_code == 200
        asked = await cast.alice.client.put(f"/api/channels/{team}/question", json=quiz)
        again = await cast.alice.client.put(f"/api/channels/{team}/question", json=quiz)
    assert asked.json() == again.json()
    async with somebody(cast) as bob, somebody(cast) as dora:
        question = (await status(bob, day))["question"]
        assert question == asked.json()
        assert question == {"id": question["id"], "kind": "quiz", "text": "Who pays?", "choices": ["We", "They"],
                            "channel": "Team"}  # fmt: skip
        assert (await tap(bob, day, choice=1))["right"] is True
        assert (await tap(dora, day, choice=0))["right"] is False
        assert (await tap(bob, day, choice=1))["right"] is True
    assert (await status(cast.carol, day))["question"]["kind"] == "mood"
    assert (await status(cast.mallory, day))["question"] is None
    told = await db.fetchval(
        "select statement::jsonb -> 'result' -> 'extensions' from trace where statement like '%' || $1 || '%' limit 1",
        question["id"],
    )
    assert '"right"' in told


async def test_a_question_replaced_while_offline_does_not_turn_a_retry_into_a_conflict(cast: Cast) -> None:
    channel = await make_channel(cast.team, cast.alice.employee, "AAA")
    day = datetime.fromisoformat("2026-12-08T09:00:00+08:00")
    quiz = {"day": "2026-12-08", "kind": "quiz", "text": "One?", "choices": ["a", "b"], "right": 0}
    body = act(day, choice=0)
    with clock.travel(day):
        await cast.alice.client.put(f"/api/channels/{channel}/question", json=quiz)
        async with somebody(cast) as bob:
            first = await bob.client.post("/api/check-ins", json=body)
            await cast.alice.client.put(f"/api/channels/{channel}/question", json=quiz | {"right": 1})
            assert (await bob.client.post("/api/check-ins", json=body)).json() == first.json()
            assert first.json()["right"] is True


async def test_who_may_ask_and_what(cast: Cast) -> None:
    channel = await make_channel(cast.team, cast.alice.employee)
    path = f"/api/channels/{channel}/question"
    good = {"day": "2030-01-01", "kind": "line", "text": "What did you learn?"}
    assert (await cast.alice.client.put(path, json=good)).status_code == 200
    assert (await cast.admin.client.put(path, json=good)).status_code == 200
    for actor, status_ in ((cast.bob, 403), (cast.carol, 403), (cast.mallory, 404)):
        assert (await actor.client.put(path, json=good)).status_code == status_
    for wrong, kind in (
        ({"day": "2020-01-01"}, "/problems/day-is-over"),
        ({"kind": "quiz"}, "/problems/question-unclear"),
        ({"kind": "quiz", "choices": ["a", "b"], "right": 2}, "/problems/question-unclear"),
        ({"choices": ["a", "b"]}, "/problems/question-unclear"),
        ({"text": ""}, "/problems/invalid"),
    ):
        answer = await cast.alice.client.put(path, json=good | wrong)
        assert answer.status_code == 422
        assert problem(answer) == kind


async def test_channels_are_those_that_one_may_publish_through(cast: Cast) -> None:
    channel = await make_channel(cast.next_team, cast.bob.employee, "Bob's own")
    [mine] = (await cast.bob.client.get("/api/channels")).json()
    assert mine == {"id": str(channel), "name": "Bob's own", "emoji": "📣", "unit": str(cast.next_team.id),
                    "unitName": "Sales", "publisher": "Bob", "reach": 1}  # fmt: skip
    assert str(channel) in {each["id"] for each in (await cast.admin.client.get("/api/channels")).json()}
    for actor in (cast.carol, cast.mallory):
        assert (await actor.client.get("/api/channels")).json() == []
    assert str(channel) not in {each["id"] for each in (await cast.alice.client.get("/api/channels")).json()}
