"""kill -9 of any part in the middle of a live share with twenty viewers: all comes back, nobody pays for it."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from media.messages import mint
from tests.expect import eventually
from tests.house import Colleague, House, house_in_empty_folder, together, wake
from tests.live_share import LiveShare

VIEWERS = 20
ACTING = ("admin", "alice", "bob", "carol")
BEFORE, AFTER = 3.0, 4.0
PARTS = ("media", "backend", "worker", "valkey", "postgres")
FULL = 10_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncIterator[House]:
    """A house with the demo company."""
    with house_in_empty_folder() as started:
        await started.ready()
        yield started


class Crowd:
    """Twenty employees: some who act through the app, the others only watch."""

    def __init__(self, acting: list[Colleague], watching: list[UUID]) -> None:
        self.acting, self.watching = acting, watching


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(house: House) -> AsyncIterator[Crowd]:
    """Everybody whose password we know, and colleagues."""
    acting = [Colleague(house, number) for number in ACTING]
    await together(*(one.log_in() for one in acting))
    everybody = (await acting[0].get("/api/employees"))["employees"]
    others = [
        one["id"] for one in everybody if one["employeeNumber"] not in {*ACTING, "chen"} and one["status"] != "left"
    ]
    yield Crowd(acting, [UUID(person) for person in others[: VIEWERS - len(ACTING)]])
    await together(*(one.close() for one in acting))


class Talk:
    """What colleagues did through the outage, each act tried again until it is acknowledged, as the app does."""

    def __init__(self, share: LiveShare) -> None:
        self.share = share
        self.said: list[str] = []

    async def say(self, colleague: Colleague) -> None:
        body = {"id": str(mint()), "text": f"{colleague.number} is here"}

        async def said() -> bool:
            try:
                reply = await colleague.http.post(f"{self.share.path}/messages", json=body)
            except httpx.TransportError as fault:
                raise AssertionError(repr(fault)) from fault
            assert reply.is_success, f"{reply.status_code} {reply.text}"
            return True

        await eventually("a message is acknowledged", said, 30)
        self.said.append(body["id"])


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_is_killed_during_a_live_share(house: House, crowd: Crowd, part: str) -> None:
    """Everything comes back; acknowledged acts stand once; the outage costs no viewer a millisecond."""
    async with Colleague(house, "chen") as chen:
        await story(house, crowd, part, LiveShare(house, chen, f"kill {part}"))


async def story(house: House, crowd: Crowd, part: str, share: LiveShare) -> None:
    """The share before, through and after the kill, and what it left behind."""
    talk = Talk(share)
    before = [await one.total() for one in crowd.acting]
    try:
        await share.open()
        await together(*(share.watch(one) for one in crowd.acting))
        await together(*(share.watch_as(person) for person in crowd.watching))
        await share.publish()
        await share.everybody_sees("the picture is there")
        await share.lived(BEFORE)

        restarts = house.parts()[part]["restarts"]
        await together(house.kill(part), *(talk.say(one) for one in crowd.acting))
        await eventually(f"{part} is up", lambda: house.parts()[part]["state"] == "up", 30)
        await house.ready()
        await share.everybody_sees("the picture is there again")
        await share.lived(AFTER)
        assert house.parts()[part]["restarts"] == restarts + 1

        session = await share.end()
        report = await share.report()
    finally:
        await share.close()
    assert session["state"] == "closed"
    lines = {line["person"]["id"]: line for line in report["people"]}
    assert len(lines) == VIEWERS
    assert {line["share"] for line in lines.values()} == {FULL}, await share.export()
    await credited_once(crowd.acting, before, lines)
    await said_once(share.host, share, talk)
    await recomputed(share, lines)
    assert "rebuilt equals live" in await wake(house, "verify")


async def credited_once(acting: list[Colleague], before: list[int], lines: dict[str, dict[str, int]]) -> None:
    """Points have grown by what the report says, for everybody."""
    for one, was in zip(acting, before, strict=True):
        person = (await one.get("/api/me"))["id"]
        assert await one.total() - was == lines[person]["points"], one.number


async def said_once(host: Colleague, share: LiveShare, talk: Talk) -> None:
    """Every acknowledged message stands in the room's record exactly once, under numbers without a hole."""
    events = (await host.get(f"{share.path}/events?since=0"))["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    heard = [event["data"]["id"] for event in events if event["type"] == "message"]
    assert sorted(heard) == sorted(talk.said)


async def recomputed(share: LiveShare, lines: dict[str, dict[str, int]]) -> None:
    """An auditor gets the same figures from the raw record."""
    file = share.house.folder / "case.json"
    file.write_text(await share.export())
    [people] = json.loads(await wake(share.house, "attendance", "recompute", str(file)))
    figures = {person: line["creditedMs"] for person, line in lines.items()}
    assert {person: people[person]["creditedMs"] for person in figures} == figures
