"""Lessons: written by two at once, published in versions, learnt on phones that are sometimes away."""

from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from backend.kit import db
from backend.kit.ids import uuid7
from tests.backend.test_files import PNG, kept
from tests.backend.test_people import problem
from tests.cast import Actor, Cast
from tests.make import make_channel
from tests.rebuild import assert_rebuild_equals_live

NOW = "2026-11-23T10:00:00Z"


def text(markdown: str = "**Look** at the sender", **more: Any) -> dict[str, Any]:
    return {"kind": "text", "id": str(uuid7()), "markdown": markdown} | more


def choice(**more: Any) -> dict[str, Any]:
    card = {"kind": "choice", "id": str(uuid7()), "question": "Which?", "options": ["a", "b", "c"], "right": [1]}
    return card | more


def order() -> dict[str, Any]:
    return {"kind": "order", "id": str(uuid7()), "question": "Order!", "items": ["a", "b", "c"]}


@pytest_asyncio.fixture(scope="module")
async def channel(cast: Cast) -> UUID:
    """Alice's channel to her team."""
    return await make_channel(cast.team, cast.alice.employee, "Safety")


async def begin(actor: Actor, channel: UUID, title: str = "Phishing") -> dict[str, Any]:
    answer = await actor.client.post("/api/drafts", json={"id": str(uuid7()), "channel": str(channel), "title": title})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def put(actor: Actor, draft: dict[str, Any], **more: Any) -> httpx.Response:
    body = {name: draft[name] for name in ("revision", "title", "summary", "emoji", "minutes", "cards")} | more
    return await actor.client.put(f"/api/drafts/{draft['id']}", json=body)


async def publish(actor: Actor, draft: dict[str, Any], publication: str = "") -> httpx.Response:
    body = {"id": publication or str(uuid7()), "revision": draft["revision"]}
    return await actor.client.post(f"/api/drafts/{draft['id']}/publications", json=body)


async def published(cast: Cast, channel: UUID, *cards: dict[str, Any], title: str = "Phishing") -> dict[str, Any]:
    draft = (await put(cast.alice, await begin(cast.alice, channel, title), cards=list(cards))).json()
    answer = await publish(cast.alice, draft)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def complete(
    actor: Actor, lesson: str, version: int, *answers: dict[str, Any], id_: str = "", at: str = NOW
) -> httpx.Response:
    body = {"id": id_ or str(uuid7()), "version": version, "durationMs": 1000, "occurredAt": at, "answers": answers}
    return await actor.client.post(f"/api/lessons/{lesson}/completions", json=body)


async def keep(actor: Actor, lesson: str, version: int, card: int, *answers: dict[str, Any]) -> httpx.Response:
    body = {"id": str(uuid7()), "version": version, "card": card, "occurredAt": NOW, "answers": answers}
    return await actor.client.put(f"/api/lessons/{lesson}/progress", json=body)


def chosen(card: dict[str, Any], *indexes: int) -> dict[str, Any]:
    return {"card": card["id"], "chosen": list(indexes)}


async def test_a_draft_becomes_a_lesson_that_is_rendered_and_filled_in(cast: Cast, channel: UUID) -> None:
    picture = await kept(cast.alice, PNG)
    draft = await begin(cast.alice, channel)
    assert (draft["revision"], draft["version"], draft["changed"], draft["channelName"]) == (0, None, True, "Safety")
    image = {"kind": "image", "id": str(uuid7()), "file": picture["id"], "alt": "A forged address"}
    evil = text("**Look** <script>alert(1)</script> [x](javascript:alert(1))", html="<script>")
    answer = await put(cast.alice, draft, cards=[evil, image, choice(), order()], summary="Five signs", minutes=4)
    assert answer.status_code == 200
    saved = answer.json()
    assert saved["revision"] == 1
    assert saved["cards"][0]["html"].startswith("<p><strong>Look</strong> &lt;script&gt;")
    assert "href" not in saved["cards"][0]["html"]
    assert saved["cards"][1]["url"] == picture["url"]
    done = (await publish(cast.alice, saved)).json()
    assert (done["version"], done["changed"]) == (1, False)
    lesson = (await cast.bob.client.get(f"/api/lessons/{draft['id']}")).json()
    assert (lesson["version"], lesson["minutes"], lesson["points"], lesson["summary"]) == (1, 4, 10, "Five signs")
    assert lesson["cards"] == saved["cards"]
    assert lesson["progress"] == {"state": "new", "card": 0, "version": 1, "score": None, "answers": []}


async def test_two_authors_cannot_overwrite_each_other(cast: Cast, channel: UUID) -> None:
    draft = await begin(cast.alice, channel)
    mine = [text("Alice's")]
    assert (await put(cast.alice, draft, cards=mine)).status_code == 200
    answer = await put(cast.admin, draft, cards=[text("the admin's")])
    assert answer.status_code == 409
    assert problem(answer) == "/problems/draft-changed"
    assert answer.json()["revision"] == 1
    again = await put(cast.alice, draft, cards=mine)
    assert (again.status_code, again.json()["revision"]) == (200, 1)
    answer = await publish(cast.alice, draft)
    assert (answer.status_code, answer.json()["revision"]) == (409, 1)


async def test_beginning_and_publishing_again_are_harmless(cast: Cast, channel: UUID) -> None:
    body = {"id": str(uuid7()), "channel": str(channel), "title": "Once"}
    first = await cast.alice.client.post("/api/drafts", json=body)
    assert (await cast.alice.client.post("/api/drafts", json=body)).json() == first.json()
    answer = await cast.admin.client.post("/api/drafts", json=body)
    assert (answer.status_code, problem(answer)) == (409, "/problems/trace-conflict")
    saved = (await put(cast.alice, first.json(), cards=[text()])).json()
    publication = str(uuid7())
    assert (await publish(cast.alice, saved, publication)).json()["version"] == 1
    assert (await publish(cast.alice, saved, publication)).json()["version"] == 1
    assert (await publish(cast.alice, saved)).json()["version"] == 1
    other = (await put(cast.alice, await begin(cast.alice, channel), cards=[text()])).json()
    answer = await publish(cast.alice, other, publication)
    assert (answer.status_code, problem(answer)) == (409, "/problems/trace-conflict")


async def test_an_incomplete_lesson_names_every_fault(cast: Cast, channel: UUID) -> None:
    draft = await begin(cast.alice, channel)
    answer = await publish(cast.alice, draft)
    assert (answer.status_code, problem(answer)) == (422, "/problems/lesson-incomplete")
    assert answer.json()["faults"] == [{"card": None, "why": "no-cards"}]
    foreign = await kept(cast.mallory, PNG)
    cards = [text(" "), choice(right=[]), {"kind": "image", "id": str(uuid7()), "file": foreign["id"], "alt": ""},
             {"kind": "video", "id": str(uuid7())}]  # fmt: skip
    saved = (await put(cast.alice, draft, cards=cards)).json()
    found = (await publish(cast.alice, saved)).json()["faults"]
    assert [(fault["card"], fault["why"]) for fault in found] == [
        (cards[0]["id"], "empty-text"),
        (cards[1]["id"], "no-right-option"),
        (cards[2]["id"], "unknown-file"),
        (cards[2]["id"], "no-alt"),
        (cards[3]["id"], "no-file"),
    ]


async def test_only_those_who_publish_there_may_write(cast: Cast, channel: UUID) -> None:
    draft = await begin(cast.alice, channel)
    saved = (await put(cast.alice, draft, cards=[text()])).json()
    for actor, status in ((cast.bob, 403), (cast.carol, 403), (cast.chen, 403), (cast.mallory, 404)):
        path = f"/api/drafts/{draft['id']}"
        new = {"id": str(uuid7()), "channel": str(channel), "title": "Mine"}
        answers = [
            await actor.client.get(path),
            await put(actor, saved),
            await publish(actor, saved),
            await actor.client.post(f"{path}/archive"),
            await actor.client.post(f"{path}/restore"),
            await actor.client.post("/api/drafts", json=new),
        ]
        assert [answer.status_code for answer in answers] == [status] * 6
        assert draft["id"] not in {each["id"] for each in (await actor.client.get("/api/drafts")).json()}
    assert draft["id"] in {each["id"] for each in (await cast.admin.client.get("/api/drafts")).json()}


async def test_the_audience_is_the_channel_s_unit(cast: Cast, channel: UUID) -> None:
    lesson = await published(cast, channel, text())
    for actor in (cast.carol, cast.chen, cast.mallory):
        assert (await actor.client.get(f"/api/lessons/{lesson['id']}")).status_code == 404
        assert lesson["id"] not in {each["id"] for each in (await actor.client.get("/api/lessons")).json()}
        assert (await keep(actor, lesson["id"], 1, 0)).status_code == 404
        assert (await complete(actor, lesson["id"], 1)).status_code == 404
    assert (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).status_code == 200
    draft = await begin(cast.alice, channel)
    assert (await cast.bob.client.get(f"/api/lessons/{draft['id']}")).status_code == 404


async def test_one_resumes_at_the_card_with_one_s_answers(cast: Cast, channel: UUID) -> None:
    quiz = choice()
    lesson = await published(cast, channel, text(), quiz, text())
    answer = await keep(cast.bob, lesson["id"], 1, 2, chosen(quiz, 1))
    expected = {"state": "started", "card": 2, "version": 1, "score": None, "answers": [chosen(quiz, 1)]}
    assert answer.json() == expected
    assert (await keep(cast.bob, lesson["id"], 1, 1)).json() == expected
    assert (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).json()["progress"] == expected
    done = await complete(cast.bob, lesson["id"], 1, chosen(quiz, 1))
    assert done.json() == {"score": 100, "right": 1, "questions": 1, "points": 10, "first": True}
    assert (await keep(cast.bob, lesson["id"], 1, 1)).json()["state"] == "done"


async def test_the_server_scores_and_credits_once(cast: Cast, channel: UUID) -> None:
    quiz, sorting = choice(multiple=True, right=[0, 2]), order()
    lesson = await published(cast, channel, quiz, sorting)
    act = str(uuid7())
    right = [chosen(quiz, 2, 0), chosen(sorting, 0, 1, 2)]
    first = await complete(cast.bob, lesson["id"], 1, chosen(quiz, 0), *right[1:], id_=act)
    assert first.status_code == 201
    assert first.json() == {"score": 50, "right": 1, "questions": 2, "points": 10, "first": True}
    assert (await complete(cast.bob, lesson["id"], 1, chosen(quiz, 0), *right[1:], id_=act)).json() == first.json()
    second = await complete(cast.bob, lesson["id"], 1, *right)
    assert second.json() == {"score": 100, "right": 2, "questions": 2, "points": 0, "first": False}
    answer = await complete(cast.bob, lesson["id"], 1, *right, id_=act)
    assert (answer.status_code, problem(answer)) == (409, "/problems/trace-conflict")
    progress = (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).json()["progress"]
    assert (progress["state"], progress["score"]) == ("done", 100)


async def test_a_lesson_without_questions_has_no_score(cast: Cast, channel: UUID) -> None:
    lesson = await published(cast, channel, text())
    answer = await complete(cast.bob, lesson["id"], 1)
    assert answer.json() == {"score": None, "right": 0, "questions": 0, "points": 10, "first": True}


async def test_an_older_version_still_counts_and_is_scored_by_its_own_answers(cast: Cast, channel: UUID) -> None:
    quiz = choice()
    first = await published(cast, channel, quiz, text(), title="Old")
    again = (await put(cast.alice, first, cards=[quiz | {"right": [2]}], title="New")).json()
    assert (again["version"], again["changed"]) == (1, True)
    assert (await publish(cast.alice, again)).json()["version"] == 2
    assert (await cast.bob.client.get(f"/api/lessons/{first['id']}")).json()["title"] == "New"
    answer = await complete(cast.bob, first["id"], 1, chosen(quiz, 1))
    assert (answer.json()["score"], answer.json()["points"]) == (100, 10)
    progress = (await cast.bob.client.get(f"/api/lessons/{first['id']}")).json()["progress"]
    assert (progress["state"], progress["version"], progress["card"]) == ("done", 1, 0)
    assert (await complete(cast.bob, first["id"], 3)).status_code == 404
    draft = (await cast.alice.client.get(f"/api/drafts/{first['id']}")).json()
    assert (draft["learners"], draft["completed"]) == (1, 1)


async def test_an_archived_lesson_leaves_the_lists_but_takes_what_an_offline_phone_brings(
    cast: Cast, channel: UUID
) -> None:
    lesson = await published(cast, channel, text())
    path = f"/api/drafts/{lesson['id']}"
    assert (await cast.alice.client.post(f"{path}/archive")).json()["archived"] is True
    assert lesson["id"] not in {each["id"] for each in (await cast.bob.client.get("/api/lessons")).json()}
    assert (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).status_code == 404
    assert (await complete(cast.bob, lesson["id"], 1)).json()["points"] == 10
    assert (await cast.alice.client.post(f"{path}/restore")).json()["archived"] is False
    assert (await cast.bob.client.get(f"/api/lessons/{lesson['id']}")).json()["progress"]["state"] == "done"


async def test_begun_lessons_come_first_and_done_ones_last(cast: Cast) -> None:
    channels = [await make_channel(cast.next_team, cast.admin.employee, name) for name in ("A", "B")]
    ids = {}
    for name, channel in (
        ("new b", channels[1]),
        ("done", channels[0]),
        ("begun", channels[1]),
        ("new a", channels[0]),
    ):
        draft = await begin(cast.admin, channel, name)
        saved = (await put(cast.admin, draft, cards=[text()])).json()
        await publish(cast.admin, saved)
        ids[name] = draft["id"]
    assert (await complete(cast.carol, ids["done"], 1)).status_code == 201
    assert (await keep(cast.carol, ids["begun"], 1, 0)).status_code == 200
    listed = (await cast.carol.client.get("/api/lessons")).json()
    assert [each["title"] for each in listed] == ["begun", "new a", "new b", "done"]
    assert listed[0]["channelName"] == "B"
    assert [each["progress"]["state"] for each in listed] == ["started", "new", "new", "done"]


async def test_what_is_not_a_lesson_is_refused(cast: Cast, channel: UUID) -> None:
    draft = await begin(cast.alice, channel)
    for card in (
        *({"kind": "hologram", "id": str(uuid7())}, {"kind": "text"}, text("x" * 4001), text(surprise=1)),
        *(choice(options=["x"] * 9), choice(right=[8]), choice(options=[""])),
    ):
        answer = await put(cast.alice, draft, cards=[card])
        assert (answer.status_code, problem(answer)) == (422, "/problems/invalid")
    assert (await put(cast.alice, draft, cards=[text()] * 41)).status_code == 422
    lesson = await published(cast, channel, text())
    answer = await cast.bob.client.put(
        f"/api/lessons/{lesson['id']}/progress",
        json={"id": str(uuid7()), "version": 1, "card": 0, "occurredAt": "2026-11-23T10:00:00"},
    )
    assert (answer.status_code, problem(answer)) == (422, "/problems/invalid")
    assert (await complete(cast.bob, str(uuid7()), 1)).status_code == 404


async def test_the_trace_says_what_was_learnt(cast: Cast, channel: UUID) -> None:
    quiz = choice()
    lesson = await published(cast, channel, quiz, title="钓鱼邮件")
    await complete(cast.bob, lesson["id"], 1, chosen(quiz, 1))
    row = await db.fetchval("select statement::jsonb from trace where object = $1", UUID(lesson["id"]))
    assert '"name": "钓鱼邮件"' in row
    assert f'"answers": [{{"card": "{quiz["id"]}", "chosen": [1]}}]' in row


async def test_the_rebuilt_projections_equal_the_live_ones(cast: Cast) -> None:
    """Last: over all that the tests above have done."""
    await assert_rebuild_equals_live()
