"""Points: balances, pages of entries, the reason of each, and who has gathered most."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit import clock, db
from backend.kit.ids import uuid7
from backend.record import record
from backend.traces.statement import Object, Statement
from backend.traces.verbs import COMPLETED, VOIDED
from tests.backend.test_checkins import somebody, tap
from tests.backend.test_people import problem
from tests.cast import Actor, Cast, cookies
from tests.make import grant, make_employee, make_org, make_unit
from tests.rebuild import assert_rebuild_equals_live

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
DAY = timedelta(days=1)


async def learn(actor: Actor, at: datetime, title: str = "Phishing", actor_id: UUID | None = None) -> Statement:
    """Complete a lesson of that title."""
    who = actor.employee
    statement = Statement(
        id=uuid7(), org=who.org, actor=actor_id or who.id, verb=COMPLETED, object=Object(uuid7(), "lesson", title),
        timestamp=at, day=at.date(), source="app",
    )  # fmt: skip
    with clock.travel(at):
        await record(statement)
    return statement


async def void(statement: Statement, at: datetime) -> None:
    thing = Object(statement.id, "statement", "")
    with clock.travel(at):
        await record(
            Statement(id=uuid7(), org=statement.org, actor=None, verb=VOIDED, object=thing, timestamp=at,
                      day=at.date(), source="app")
        )  # fmt: skip


async def points(actor: Actor, at: datetime, **query: str) -> dict[str, Any]:
    with clock.travel(at):
        return dict((await actor.client.get("/api/points", params=query)).raise_for_status().json())


async def test_nobody_begins_with_points(cast: Cast) -> None:
    async with somebody(cast) as bob:
        empty = {"total": 0, "today": 0, "week": 0, "quarter": 0}
        assert await points(bob, MONDAY) == {
            "balances": [{"account": "learning", **empty}, {"account": "teaching", **empty}],
            "entries": [],
            "next": None,
        }


async def test_balances_of_the_day_the_week_and_the_quarter(cast: Cast) -> None:
    async with somebody(cast) as bob:
        for before in (60, 20, 1, 0):
            await tap(bob, MONDAY - before * DAY)
        [learning, _] = (await points(bob, MONDAY))["balances"]
        assert learning == {"account": "learning", "total": 40, "today": 10, "week": 10, "quarter": 30}
        [learning, _] = (await points(bob, MONDAY + DAY))["balances"]
        assert (learning["today"], learning["week"]) == (0, 10)


async def test_an_entry_names_what_it_was_for_and_why(cast: Cast) -> None:
    async with somebody(cast) as bob:
        statement = await learn(bob, MONDAY, "钓鱼邮件")
        [line] = (await points(bob, MONDAY))["entries"]
        assert {**line, "id": None} == {
            "id": None,
            "account": "learning",
            "amount": 10,
            "at": "2026-11-23T02:00:00Z",
            "verb": "completed",
            "subject": "钓鱼邮件",
            "subjectType": "lesson",
            "subjectId": str(statement.object.id),
            "rule": "lesson",
            "reversal": False,
        }
        reason = (await bob.client.get(f"/api/points/{line['id']}")).json()
        assert reason["entry"] == line
        assert (reason["rule"]["code"], reason["rule"]["version"], reason["rule"]["amount"]) == ("lesson", 1, 10)
        assert (reason["trace"]["id"], reason["trace"]["source"]) == (str(statement.id), "app")
        assert reason["trace"]["statement"]["object"]["name"] == "钓鱼邮件"
        assert reason["capped"] == 0


async def test_a_reversal_is_told_by_what_it_takes_back(cast: Cast) -> None:
    async with somebody(cast) as bob:
        statement = await learn(bob, MONDAY, "Phishing")
        await void(statement, MONDAY + DAY)
        [reversal, entry] = (await points(bob, MONDAY + DAY))["entries"]
        assert (reversal["amount"], reversal["reversal"], reversal["subject"]) == (-10, True, "Phishing")
        assert (entry["amount"], entry["reversal"]) == (10, False)
        reason = (await bob.client.get(f"/api/points/{reversal['id']}")).json()
        assert reason["trace"]["verb"] == "voided"


async def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast) -> None:
    async with somebody(cast) as bob:
        for number in range(53):
            await learn(bob, MONDAY, f"Lesson {number}")
        first = await points(bob, MONDAY)
        await learn(bob, MONDAY, "Lesson 53")
        second = await points(bob, MONDAY, before=first["next"])
        assert second["next"] is None
        seen = [line["subject"] for line in first["entries"] + second["entries"]]
        assert seen == [f"Lesson {number}" for number in reversed(range(53))]
        assert (await points(bob, MONDAY, account="teaching"))["entries"] == []
        for cursor in ("x", "1", "1.x", "x.1", "-1.2.3", "９.9"):
            answer = await bob.client.get("/api/points", params={"before": cursor})
            assert (answer.status_code, problem(answer)) == (422, "/problems/invalid"), cursor


async def test_a_reason_is_for_oneself_and_one_s_managers(cast: Cast) -> None:
    async with somebody(cast) as bob:
        await tap(bob, MONDAY)
        [line] = (await points(bob, MONDAY))["entries"]
        path = f"/api/points/{line['id']}"
        for actor, status in ((bob, 200), (cast.alice, 200), (cast.admin, 200), (cast.bob, 404), (cast.carol, 404),
                              (cast.chen, 404), (cast.mallory, 404)):  # fmt: skip
            assert (await actor.client.get(path)).status_code == status
    assert (await cast.bob.client.get(f"/api/points/{uuid7()}")).status_code == 404


async def test_equal_points_share_a_rank_and_who_opted_out_is_nowhere(cast: Cast) -> None:
    org = await make_org()
    company = await make_unit(org, name="Company")
    team, other = await make_unit(org, company, "Team"), await make_unit(org, company, "Other")
    people = {name: await make_employee(unit, name) for name, unit in
              (("Ann", team), ("Ben", team), ("Cid", team), ("Dan", other), ("Eve", team), ("Fay", team))}  # fmt: skip
    lessons = {"Ann": 3, "Ben": 3, "Cid": 1, "Dan": 2, "Eve": 5, "Fay": 0}
    for name, count in lessons.items():
        for _ in range(count):
            await learn(Actor(people[name], cast.bob.client), MONDAY)
    await db.execute("update employee set on_leaderboards = false where id = $1", people["Eve"].id)

    async def board(name: str, scope: str, at: datetime = MONDAY, period: str = "week") -> dict[str, Any]:
        async with somebody(cast) as anybody:
            anybody.client.cookies.clear()
            query = {"scope": scope, "period": period, "account": "learning"}
            with clock.travel(at):
                anybody.client.cookies.update(cookies(people[name]))
                return dict((await anybody.client.get("/api/leaderboard", params=query)).raise_for_status().json())

    def ranks(found: dict[str, Any]) -> list[tuple[int, str, int]]:
        return [(row["rank"], row["person"]["name"], row["points"]) for row in found["rows"]]

    company_wide = await board("Cid", "company")
    assert ranks(company_wide) == [(1, "Ann", 30), (1, "Ben", 30), (3, "Dan", 20), (4, "Cid", 10)]
    assert (company_wide["mine"]["rank"], company_wide["mine"]["me"], company_wide["people"]) == (4, True, 5)
    assert ranks(await board("Cid", "team")) == [(1, "Ann", 30), (1, "Ben", 30), (3, "Cid", 10)]
    assert ranks(await board("Dan", "team")) == [(1, "Dan", 20)]
    assert (await board("Eve", "team"))["mine"] is None
    fay = await board("Fay", "team")
    assert (fay["mine"]["rank"], fay["mine"]["points"]) == (4, 0)
    assert ranks(await board("Ann", "company", MONDAY + 7 * DAY)) == []
    assert len((await board("Ann", "company", MONDAY + 7 * DAY, "month"))["rows"]) == 4
    assert len((await board("Ann", "company", MONDAY + 30 * DAY, "quarter"))["rows"]) == 4
    assert (await board("Ann", "company", MONDAY + 60 * DAY, "quarter"))["rows"] == []


async def test_a_board_needs_known_words(cast: Cast) -> None:
    good = {"scope": "team", "period": "week", "account": "learning"}
    for wrong in ({"scope": "world"}, {"period": "day"}, {"account": "gold"}):
        answer = await cast.bob.client.get("/api/leaderboard", params=good | wrong)
        assert (answer.status_code, problem(answer)) == (422, "/problems/invalid")
    assert (await cast.bob.client.get("/api/leaderboard")).status_code == 400


async def test_a_manager_of_another_unit_sees_no_reason(cast: Cast) -> None:
    async with somebody(cast) as manager, somebody(cast) as bob:
        await grant(manager.employee, "manager", cast.next_team)
        await tap(bob, MONDAY)
        [line] = (await points(bob, MONDAY))["entries"]
        assert (await manager.client.get(f"/api/points/{line['id']}")).status_code == 404


async def test_the_rebuilt_projections_equal_the_live_ones(cast: Cast) -> None:
    """Last: over all that the tests above have done."""
    await assert_rebuild_equals_live()
