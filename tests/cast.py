"""The cast: Alice leads a unit, Bob learns in it, Carol is in the next unit, Mallory in another org."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from backend.kit import tokens
from backend.people.logins import COOKIE, LIFETIME, PURPOSE
from tests.make import Employee, Unit, grant, make_employee, make_org, make_unit

ADDRESS = "http://wake.test"


@dataclass(frozen=True)
class Actor:
    """A person of the cast, logged in: `client` sends their cookie."""

    employee: Employee
    client: httpx.AsyncClient


@dataclass(frozen=True)
class Cast:
    """Everybody. `company` is the top, `team` Alice's unit, `next_team` Carol's."""

    company: Unit
    region: Unit
    team: Unit
    next_team: Unit
    elsewhere: Unit
    admin: Actor
    alice: Actor
    bob: Actor
    carol: Actor
    chen: Actor
    mallory: Actor


def cookies(employee: Employee, epoch: int = 0) -> dict[str, str]:
    """The cookie that logging in would have brought."""
    return {COOKIE: tokens.sign(PURPOSE, employee.login(epoch), LIFETIME)}


@asynccontextmanager
async def make_cast(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Cast]:
    """Two orgs and their people in the current database."""
    org, other = await make_org("Wake"), await make_org("Elsewhere")
    company = await make_unit(org, name="Company")
    region = await make_unit(org, company, "East", "region")
    team = await make_unit(org, region, "Service")
    next_team = await make_unit(org, region, "Sales")
    elsewhere = await make_unit(other, name="Elsewhere")
    async with AsyncExitStack() as stack:

        async def actor(unit: Unit, name: str) -> Actor:
            employee = await make_employee(unit, name, number=name.lower())
            client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=cookies(employee))
            return Actor(employee, await stack.enter_async_context(client))

        cast = Cast(
            company, region, team, next_team, elsewhere,
            admin=await actor(company, "Admin"),
            alice=await actor(team, "Alice"),
            bob=await actor(team, "Bob"),
            carol=await actor(next_team, "Carol"),
            chen=await actor(region, "Chen"),
            mallory=await actor(elsewhere, "Mallory"),
        )  # fmt: skip
        await grant(cast.admin.employee, "admin", company)
        await grant(cast.alice.employee, "manager", team)
        await grant(cast.alice.employee, "publisher", team)
        await grant(cast.chen.employee, "expert", region)
        await grant(cast.mallory.employee, "admin", elsewhere)
        yield cast
