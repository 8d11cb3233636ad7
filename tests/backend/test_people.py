"""People: logging in and out, oneself, the org's tree, and what managers and admins see and do."""

import httpx
import pytest

from backend.kit.ids import uuid7
from tests.cast import ADDRESS, Cast, cookies
from tests.make import grant, make_employee, make_org, make_unit


def problem(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return str(answer.json()["type"])


async def log_in(client: httpx.AsyncClient, number: str, password: str, company: str = "") -> httpx.Response:
    body = {"employeeNumber": number, "password": password, "company": company}
    return await client.post("/api/login", json=body)


async def test_logging_in_sets_a_cookie_that_works_and_logging_out_removes_it(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dora = await make_employee(cast.team, "Dora", number="D-1", password="a fine password")
    answer = await log_in(client, "d-1", "a fine password")
    assert answer.status_code == 201
    assert answer.json()["name"] == "Dora"
    assert answer.json()["path"] == ["Company", "East", "Service"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert (await client.get("/api/me")).json()["id"] == str(dora.id)
    assert (await client.post("/api/logout")).status_code == 204
    assert problem(await client.get("/api/me")) == "/problems/unauthenticated"


async def test_what_one_changes_of_oneself_holds_from_the_next_request_on(cast: Cast) -> None:
    """Not only once the database has told everybody: who flies and taps at once checks in for the right day."""
    for _ in range(30):
        for zone in ("America/Los_Angeles", "Asia/Shanghai"):
            assert (await cast.bob.client.patch("/api/me", json={"zone": zone})).status_code == 200
            assert (await cast.bob.client.get("/api/check-ins/today")).json()["zone"] == zone


@pytest.mark.parametrize(("number", "password"), [("nobody", "x"), ("E-1", "wrong"), ("L-1", "a fine password")])
async def test_a_wrong_number_a_wrong_password_and_a_leaver_look_the_same(
    cast: Cast, client: httpx.AsyncClient, number: str, password: str
) -> None:
    suffix = str(uuid7())
    await make_employee(cast.team, number=f"E-1{suffix}", password="a fine password")
    await make_employee(cast.team, number=f"L-1{suffix}", password="a fine password", status="left")
    answer = await log_in(client, number + suffix, password)
    assert answer.status_code == 401
    assert problem(answer) == "/problems/wrong-credentials"


async def test_the_sixth_attempt_on_a_number_is_refused_even_with_the_right_password(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await make_employee(cast.team, number="F-1", password="a fine password")
    for _ in range(5):
        assert (await log_in(client, "F-1", "wrong")).status_code == 401
    answer = await log_in(client, "f-1", "a fine password")
    assert answer.status_code == 429
    assert problem(answer) == "/problems/too-many"
    assert answer.headers["retry-after"] == str(answer.json()["retryAfter"])


async def test_a_number_of_two_companies_needs_the_company(cast: Cast, client: httpx.AsyncClient) -> None:
    for name in ("One", "Two"):
        unit = await make_unit(await make_org(name))
        await make_employee(unit, name, number="T-1", password=f"password of {name}")
    assert problem(await log_in(client, "T-1", "password of One")) == "/problems/company-needed"
    answer = await log_in(client, "T-1", "password of One", f"org-{uuid7()}")
    assert problem(answer) == "/problems/wrong-credentials"


async def test_a_forged_an_expired_and_a_foreign_cookie_are_nobody(cast: Cast, client: httpx.AsyncClient) -> None:
    good = cookies(cast.bob.employee)["wake"]
    body, _, mac = good.rpartition(".")
    for bad in ("", "x", "….…", body, f"{body}.", f"{body}x.{mac}", good[:-1], f"{body}.{mac[::-1]}"):
        client.cookies.clear()
        answer = await client.get("/api/me", headers={b"cookie": f"wake={bad}".encode()})
        assert answer.status_code == 401
    assert (await client.get("/api/me", headers={"cookie": f"a=b; wake={good}; c=d"})).status_code == 200


async def test_logging_out_everywhere_ends_every_login_at_once(
    cast: Cast, transport: httpx.ASGITransport
) -> None:
    erin = await make_employee(cast.team, "Erin")
    async with (
        httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(erin)) as phone,
        httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(erin)) as laptop,
    ):
        assert (await laptop.get("/api/me")).status_code == 200
        assert (await phone.post("/api/logout-everywhere")).status_code == 204
        assert (await laptop.get("/api/me")).status_code == 401


async def test_changing_the_password_keeps_this_login_and_ends_the_others(
    cast: Cast, transport: httpx.ASGITransport
) -> None:
    fred = await make_employee(cast.team, "Fred", number="Fred", password="the old one")
    async with (
        httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(fred)) as phone,
        httpx.AsyncClient(transport=transport, base_url=ADDRESS) as laptop,
    ):
        laptop.cookies.update(cookies(fred))
        change = {"current": "not it", "new": "the new one"}
        assert problem(await laptop.post("/api/me/password", json=change)) == "/problems/wrong-credentials"
        change["current"] = "the old one"
        answer = await laptop.post("/api/me/password", json=change)
        assert answer.status_code == 204
        fresh = answer.headers["set-cookie"].split(";")[0]
        assert (await phone.get("/api/me")).status_code == 401
        laptop.cookies.clear()
        assert (await laptop.get("/api/me", headers={"cookie": fresh})).status_code == 200
        assert (await log_in(laptop, "fred", "the new one")).status_code == 201


async def test_a_leaver_is_out_at_once_and_only_an_admin_makes_one(cast: Cast, transport: httpx.ASGITransport) -> None:
    gina = await make_employee(cast.team, "Gina")
    address = f"/api/employees/{gina.id}"
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(gina)) as client:
        assert (await client.get("/api/me")).status_code == 200
        assert problem(await client.patch(address, json={"status": "regular"})) == "/problems/forbidden"
        assert (await cast.alice.client.patch(address, json={"status": "left"})).status_code == 403
        answer = await cast.admin.client.patch(address, json={"status": "left"})
        assert answer.json()["status"] == "left"
        assert (await client.get("/api/me")).status_code == 401


async def test_moving_an_employee_needs_both_units_and_changes_what_they_may_see(cast: Cast) -> None:
    hugo = await make_employee(cast.team, "Hugo")
    address = f"/api/employees/{hugo.id}"
    foreign = await cast.admin.client.patch(address, json={"unit": str(cast.elsewhere.id)})
    assert problem(foreign) == "/problems/not-found"
    answer = await cast.admin.client.patch(address, json={"unit": str(cast.next_team.id)})
    assert answer.json()["unit"] == {"id": str(cast.next_team.id), "name": "Sales"}
    assert (await cast.mallory.client.patch(address, json={})).status_code == 404


async def test_the_tree_has_parents_before_children_and_counts_all_below(cast: Cast) -> None:
    nodes = (await cast.bob.client.get("/api/units")).json()
    assert [node["name"] for node in nodes][:2] == ["Company", "East"]
    seen: set[str | None] = {None}
    for node in nodes:
        assert node["parent"] in seen
        seen.add(node["id"])
    count = {node["name"]: node["members"] for node in nodes}
    assert count["Company"] == count["East"] + 1
    assert [node["name"] for node in (await cast.mallory.client.get("/api/units")).json()] == ["Elsewhere"]


async def test_a_manager_reads_their_people_page_by_page_and_nobody_else_does(cast: Cast) -> None:
    unit = await make_unit(cast.company.org, cast.company, "Many")
    made = {(await make_employee(unit, f"同名 {number % 3}")).id for number in range(120)}
    await grant(cast.chen.employee, "manager", unit)
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await cast.chen.client.get("/api/employees", params={"unit": str(unit.id), "after": after})).json()
        found += [one["id"] for one in page["employees"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 120
    assert set(found) == {str(one) for one in made}
    assert problem(await cast.bob.client.get("/api/employees")) == "/problems/forbidden"
    mallorys = (await cast.mallory.client.get("/api/employees", params={"search": "同名"})).json()
    assert mallorys == {"employees": [], "next": None}


async def test_searching_is_by_part_of_name_or_number_and_knows_no_wildcards(cast: Cast) -> None:
    await make_employee(cast.team, "百分之五十%", number="Q_77")
    search = cast.admin.client
    assert len((await search.get("/api/employees", params={"search": "q_7"})).json()["employees"]) == 1
    assert len((await search.get("/api/employees", params={"search": "五十%"})).json()["employees"]) == 1
    assert (await search.get("/api/employees", params={"search": "_%_%_%"})).json()["employees"] == []


async def test_changing_oneself_keeps_what_was_not_sent_and_refuses_unknown_zones(cast: Cast) -> None:
    client = cast.carol.client
    me = (await client.patch("/api/me", json={"language": "en", "zone": "Asia/Urumqi"})).json()
    assert (me["language"], me["zone"], me["onLeaderboards"]) == ("en", "Asia/Urumqi", True)
    assert (await client.patch("/api/me", json={})).json()["language"] == "en"
    answer = await client.patch("/api/me", json={"zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "/body/zone"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": ADDRESS}, 403),
        ({"origin": ADDRESS}, 200),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_writes_of_other_sites_are_refused(cast: Cast, headers: dict[str, str], status: int) -> None:
    answer = await cast.bob.client.patch("/api/me", json={}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert problem(answer) == "/problems/cross-site-request"
    assert (await cast.bob.client.get("/api/me", headers=headers)).status_code == 200


async def test_roles_show_in_me(cast: Cast) -> None:
    me = (await cast.alice.client.get("/api/me")).json()
    assert [role["role"] for role in me["roles"]] == ["manager", "publisher"]
    assert (me["canHost"], me["canPublish"], me["canManage"], me["canAdminister"]) == (True, True, True, False)
    me = (await cast.bob.client.get("/api/me")).json()
    assert (me["roles"], me["canHost"], me["canPublish"], me["canManage"]) == ([], False, False, False)
