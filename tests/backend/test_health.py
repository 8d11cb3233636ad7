"""The health of the parts, and the tickets of the feed."""

import httpx
import msgspec
import pytest

from backend.app import App
from backend.kit import tokens
from backend.kit.health import beat
from backend.kit.hub import Ticket
from backend.kit.settings import Settings
from tests.cast import ADDRESS, Cast, cookies
from tests.make import make_employee


async def test_health_tells_each_part(client: httpx.AsyncClient, settings: Settings) -> None:
    told = (await client.get("/api/health")).json()
    assert (told["status"], told["database"], told["redis"]) == ("degraded", "up", "up")
    assert (told["relay"], told["worker"], told["supervised"]) == ("down", "down", {})
    await beat("worker")
    (settings.data / "parts.json").write_bytes(
        msgspec.json.encode({"backend": {"pid": 7, "state": "up", "restarts": 2}})
    )
    told = (await client.get("/api/health")).json()
    assert (told["worker"], told["supervised"]) == ("up", {"backend": {"state": "up", "restarts": 2}})


async def test_the_feed_hears_the_person_the_org_and_every_unit_above(cast: Cast) -> None:
    answer = await cast.bob.client.post("/api/socket-tickets")
    assert answer.status_code == 201
    ticket = tokens.verify("socket", answer.json()["ticket"], Ticket)
    assert ticket is not None
    bob = cast.bob.employee
    assert ticket.person == bob.id
    assert set(ticket.topics) == {
        f"person:{bob.id}",
        f"org:{bob.org}",
        *(f"unit:{unit.id}" for unit in (cast.company, cast.region, cast.team)),
    }


async def test_the_cookie_is_renewed_when_it_is_over_a_day_old(cast: Cast, transport: httpx.ASGITransport) -> None:
    ivy = await make_employee(cast.team, "Ivy")
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(ivy)) as client:
        answer = await client.get("/api/me")
        fresh = answer.headers["set-cookie"]
        assert "Max-Age=2592000" in fresh
        client.cookies.clear()
        again = await client.get("/api/me", headers={"cookie": fresh.split(";")[0]})
        assert again.status_code == 200
        assert "set-cookie" not in again.headers


async def test_the_cookie_is_secure_over_https(app: App, cast: Cast) -> None:
    await make_employee(cast.team, "Jo", number="Jo", password="a fine password")
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://wake.test") as client:
        answer = await client.post("/api/login", json={"employeeNumber": "jo", "password": "a fine password"})
    assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing/here", "/api/ws"])
async def test_unknown_addresses_of_the_api_are_problems(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    if path == "/api":
        assert answer.status_code in {200, 503}  # a page of the app, as any other path without a dot
    else:
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
