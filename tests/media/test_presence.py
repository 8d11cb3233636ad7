"""What the relay tells the backend of who comes and goes."""

from uuid import UUID

from media.messages import Joined, Left, Unpublished, instant, mint
from tests.expect import eventually
from tests.media.clients import Relay, grant
from tests.media.receiver import Receiver
from tests.media.scenes import near
from tests.media.stage import on_air, watching


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
        await eventually("a report", lambda: viewer.video.received > 400)
        state = (await relay.http.get(f"/rooms/{room}", headers=control)).json()
        assert [(one["seat"], one["person"]) for one in state["publications"]] == [("host", str(host))]
        assert near(state["publications"][0]["since"], instant(), 10_000)
        (stay,) = state["stays"]
        assert (stay["person"], stay["device"], stay["receiving"]) == (str(person), "a phone", True)
