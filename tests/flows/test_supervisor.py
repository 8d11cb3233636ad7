"""`wake serve` as a person starts it: it starts everything, keeps it alive, and leaves nothing behind."""

import asyncio
import os
import ssl
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest
import pytest_asyncio

from tests.expect import eventually
from tests.house import House, house_in_empty_folder

PARTS = ("postgres", "valkey", "backend", "worker", "media")
STOP_SECONDS = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncIterator[House]:
    """A house without invented people, well."""
    with house_in_empty_folder(WAKE_DEMO="0") as started:
        await started.ready()
        yield started


def family(house: House) -> list[psutil.Process]:
    """The supervisor and everything below it."""
    assert house.process is not None
    supervisor = psutil.Process(house.process.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run (a zombie does not)."""
    return [each for each in processes if runs(each)]


def runs(process: psutil.Process) -> bool:
    """Whether it does, and is no zombie."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.is_running())
    except psutil.NoSuchProcess:
        return False


async def test_all_parts_are_up(house: House) -> None:
    """Health shows every part under its name."""
    async with httpx.AsyncClient(base_url=house.url) as client:
        health = (await client.get("/api/health")).json()
    assert health["supervised"] == {name: {"state": "up", "restarts": 0} for name in PARTS}
    assert "ready in" in house.log.read_text()
    assert house.url in house.log.read_text()


@pytest.mark.parametrize("part", PARTS)
async def test_a_killed_part_comes_back(house: House, part: str) -> None:
    """kill -9 of any one process is survived, and said."""
    said = house.log.read_text().count(f"{part} was killed by SIGKILL")
    await house.kill(part)
    await house.ready()
    assert house.log.read_text().count(f"{part} was killed by SIGKILL") == said + 1
    await eventually("it says so", lambda: f"{part} is back (process {house.pid(part)})" in house.log.read_text())


async def test_nobody_else_may_use_its_folder(house: House) -> None:
    """A second supervisor on the same data would end the first one's parts."""
    assert await wake(house, "serve") == (1, f"wake: Wake already runs on {house.folder}.\n")


async def test_commands_find_the_running_house(house: House) -> None:
    """`wake verify` beside `make run` needs no settings."""
    code, output = await wake(house, "verify")
    assert code == 0, output


async def test_parts_die_with_a_killed_supervisor_and_the_next_one_starts_them() -> None:
    """kill -9 of the supervisor itself leaves no orphans; the second start serves; SIGTERM ends all."""
    with house_in_empty_folder(WAKE_DEMO="0") as house:
        await house.ready()
        everybody = family(house)
        assert house.process is not None
        house.process.kill()
        house.process.wait()
        await eventually("the parts are gone", lambda: not alive(everybody[1:]))

        house.start(WAKE_DEMO="0")
        await house.ready()
        everybody = family(house)
        house.process.terminate()
        assert house.process.wait(STOP_SECONDS) == 0
        assert not alive(everybody)
        assert all(line["state"] == "stopped" for line in house.parts().values())


async def test_phones_get_https() -> None:
    """With LAN=1 app and relay speak https under an authority that stays the same."""
    with house_in_empty_folder(WAKE_DEMO="0", LAN="1") as house:
        authority = house.folder / "lan" / "ca.pem"
        await eventually("it is ready", lambda: "ready in" in house.log.read_text(), 60)
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(authority))) as client:
            health = (await client.get(f"https://localhost:{house.port}/api/health")).json()
            assert (await client.get(f"https://127.0.0.1:{house.port + 1}/health")).is_success
        assert health["relay"] == "up"


async def wake(house: House, command: str) -> tuple[int | None, str]:
    """Run a command as a person in front of the house would; its exit code and what it printed."""
    environment = {"PATH": os.defpath, "WAKE_DATA": str(house.folder), "WAKE_PORT": str(house.port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", command, env=environment, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, output.decode()


async def test_more_than_one_relay_is_a_fleet() -> None:
    """A process for each core that is to carry media; a room is on one of them."""
    with house_in_empty_folder(WAKE_DEMO="0", WAKE_RELAYS="2") as house:
        await house.ready()
        assert set(house.parts()) == {*PARTS, "media-2"}
        async with httpx.AsyncClient(base_url=house.url) as client:
            policy = (await client.get("/")).headers["content-security-policy"]
        assert f"http://localhost:{house.port + 3}" in policy
        async with httpx.AsyncClient() as client:
            for port in (house.port + 1, house.port + 3):
                assert (await client.get(f"http://127.0.0.1:{port}/health")).json()["status"] == "ok"
