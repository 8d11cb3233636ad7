"""What the relay tells the backend of who was there, to the message and nearly to the millisecond."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from media.messages import Beat, Joined, Left, Present, Published, Unpublished, instant, mint
from tests.expect import eventually
from tests.media.clients import Relay, Viewer, grant
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess
from tests.media.stage import on_air, watching

SLACK = 400
"""Milliseconds a message may be beside the instant it tells of: the machine is busy."""
UNTOLD = 2600
"""Milliseconds of media that a beat may not know of yet: it rests on reports the receiver sends once a second."""


def near(instant_ms: int, expected: int, slack: int = SLACK) -> bool:
    return abs(instant_ms - expected) <= slack


def told_of(backend: Receiver, viewer_person: UUID, room: UUID) -> list[Present]:
    """What beats say of one person."""
    return [one for beat in backend.of(Beat, room) for one in beat.people if one.person == viewer_person]


async def a_stay_is_told_exactly(relay: Relay, room: UUID, backend: Receiver) -> None:
    person, host = mint(), mint()
    async with on_air(relay, room, token=grant(room, person=host, device="a laptop", publish=["host"])):
        began = instant()
        viewer = Viewer(relay, room, grant(room, person=person, device="a phone"))
        await viewer.join()
        came = instant()
        await eventually("two beats", lambda: len(told_of(backend, person, room)) >= 2, timeout=25)
        last = backend.of(Beat, room)[-1].at
        assert await viewer.leave() == 200
        went = instant()
    await eventually("it is over", lambda: backend.of(Unpublished, room))
    ended = instant()
    (joined,) = backend.of(Joined, room)
    (left,) = backend.of(Left, room)
    (published,) = backend.of(Published, room)
    (unpublished,) = backend.of(Unpublished, room)
    assert (joined.person, joined.device, left.reason) == (person, "a phone", "bye")
    assert joined.stay == left.stay
    assert near(joined.at, came)
    assert near(left.at, went)
    assert (published.person, published.device, published.seat) == (host, "a laptop", "host")
    assert near(published.at, began)
    assert (unpublished.publication, unpublished.person) == (published.publication, host)
    assert near(unpublished.at, ended, SLACK + 1000)
    present = told_of(backend, person, room)
    assert {(one.stay, one.device) for one in present} == {(joined.stay, "a phone")}
    heard = sum(one.media_ms for one in present)
    assert last - joined.at - UNTOLD <= heard <= last - joined.at + SLACK
    ids = [message.id for message in backend.messages]
    assert len(set(ids)) == len(ids)


async def a_stay_without_a_host_counts_while_the_connection_lives(relay: Relay, room: UUID, backend: Receiver) -> None:
    person = mint()
    async with watching(relay, room, token=grant(room, person=person)):
        came = instant()
        await eventually("a beat", lambda: told_of(backend, person, room), timeout=15)
        beat = backend.of(Beat, room)[-1]
    assert near(sum(one.media_ms for one in told_of(backend, person, room)), beat.at - came, UNTOLD)
    assert backend.of(Published, room) == []


async def a_silent_viewer_is_in_no_beat_and_left_at_the_last_proof_of_life(
    relay: Relay, room: UUID, backend: Receiver
) -> None:
    person = mint()
    async with on_air(relay, room), watching(relay, room):
        viewer = Viewer(relay, room, grant(room, person=person))
        await viewer.join()
        await eventually("a beat", lambda: told_of(backend, person, room), timeout=15)
        viewer.link.online = False
        silent = instant()
        await viewer.vanish()
        await eventually("the stay ends", lambda: backend.of(Left, room), timeout=45)
        (left,) = backend.of(Left, room)
        assert (left.person, left.reason) == (person, "timeout")
        assert near(left.at, silent, 3500)
        beats = [beat for beat in backend.of(Beat, room) if any(one.person == person for one in beat.people)]
        assert beats[-1].at <= silent + 11_000


async def a_network_cut_of_20_s_ends_on_the_same_stay(relay: Relay, room: UUID, backend: Receiver) -> None:
    async with on_air(relay, room), watching(relay, room) as viewer, watching(relay, room) as other:
        await eventually("pictures", lambda: viewer.video.first_key_at and other.video.first_key_at)
        viewer.link.cut(20)
        await eventually("media is back", lambda: viewer.link.online and viewer.receiving(), timeout=30)
        before = viewer.video.received
        await eventually("it goes on", lambda: viewer.video.received > before + 200)
        assert other.video.lost == 0
        assert len(backend.of(Joined, room)) == 2
        assert backend.of(Left, room) == []


Scene = Callable[[Relay, UUID, Receiver], Awaitable[None]]
SCENES: list[Scene] = [
    a_stay_is_told_exactly,
    a_stay_without_a_host_counts_while_the_connection_lives,
    a_silent_viewer_is_in_no_beat_and_left_at_the_last_proof_of_life,
    a_network_cut_of_20_s_ends_on_the_same_stay,
]


@pytest.fixture(scope="module")
async def playing(server: RelayProcess, backend: Receiver) -> AsyncIterator[dict[Scene, Awaitable[None]]]:
    """The scenes that take their time, all at once, each in a room of its own."""
    async with Relay(server.url) as door:
        yield {scene: asyncio.ensure_future(scene(door, mint(), backend)) for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_that(scene: Scene, playing: dict[Scene, Awaitable[None]]) -> None:
    await playing[scene]


async def test_the_same_phone_again_replaces_its_stay(relay: Relay, room: UUID, backend: Receiver) -> None:
    person = mint()
    token = grant(room, person=person, device="a phone")
    async with (
        on_air(relay, room),
        watching(relay, room, token=token) as first,
        watching(relay, room, token=grant(room, person=person, device="a laptop")) as elsewhere,
        watching(relay, room, token=token) as second,
    ):
        await eventually("it is told", lambda: len(backend.of(Joined, room)) == 3)
        await eventually("the first is told to go", first.link.gone.is_set)
        await eventually("a picture", lambda: second.video.first_key_at)
        assert elsewhere.connected
        (left,) = backend.of(Left, room)
        assert (left.device, left.reason) == ("a phone", "replaced")
        assert left.stay == next(one.stay for one in backend.of(Joined, room) if one.device == "a phone")


async def test_closing_a_room_tells_everything_first(relay: Relay, room: UUID, backend: Receiver) -> None:
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    async with on_air(relay, room) as host, watching(relay, room) as one, watching(relay, room) as two:
        await eventually("pictures", lambda: one.video.first_key_at and two.video.first_key_at)
        answer = await relay.http.delete(f"/rooms/{room}", headers=control)
        assert answer.status_code == 204
        assert len(backend.of(Left, room)) == 2
        assert {left.reason for left in backend.of(Left, room)} == {"closed"}
        assert [gone.reason for gone in backend.of(Unpublished, room)] == ["closed"]
        for client in (host, one, two):
            await eventually("everybody is told to go", client.link.gone.is_set)
        state = await relay.http.get(f"/rooms/{room}", headers=control)
        assert state.json() == {"room": str(room), "publications": [], "stays": []}


async def test_closing_a_room_while_the_backend_is_away_is_accepted(
    relay: Relay, room: UUID, backend: Receiver
) -> None:
    async with watching(relay, room):
        await eventually("told", lambda: backend.of(Joined, room))
        await backend.close()
        control = {"Authorization": f"Bearer {grant(room, control=True)}"}
        answer = await relay.http.delete(f"/rooms/{room}", headers=control)
        assert answer.status_code == 202
        assert (await relay.http.get("/health")).json()["spooled"] >= 1
        await backend.open()
        await eventually("it arrives later", lambda: backend.of(Left, room), timeout=15)


async def test_the_state_of_a_room_names_who_is_there(relay: Relay, room: UUID) -> None:
    person, host = mint(), mint()
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    async with (
        on_air(relay, room, token=grant(room, person=host, publish=["host"])),
        watching(relay, room, token=grant(room, person=person, device="a phone")) as viewer,
    ):
        await eventually("a picture", lambda: viewer.video.first_key_at)

        async def reported() -> dict[str, Any] | None:
            """The state, once the second report has shown what came since the first."""
            state: dict[str, Any] = (await relay.http.get(f"/rooms/{room}", headers=control)).json()
            return state if state["stays"][0]["receiving"] else None

        state = await eventually("a report", reported)
        assert [(one["seat"], one["person"]) for one in state["publications"]] == [("host", str(host))]
        assert near(state["publications"][0]["since"], instant(), 10_000)
        (stay,) = state["stays"]
        assert (stay["person"], stay["device"]) == (str(person), "a phone")
