"""A person whom the host has sent out gets nothing more of the room, and the others notice nothing."""

from uuid import UUID

import pytest

from media.messages import Joined, Left, Unpublished, instant, mint
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, Turned, Viewer, grant
from tests.media.receiver import Receiver
from tests.media.stage import on_air, watching


async def remove(relay: Relay, room: UUID, person: UUID) -> int:
    """The backend's call."""
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    return (await relay.http.delete(f"/rooms/{room}/people/{person}", headers=control)).status_code


async def test_removing_a_person_ends_all_their_connections_and_nobody_elses(
    relay: Relay, room: UUID, backend: Receiver
) -> None:
    person = mint()
    tokens = [grant(room, person=person, device=device, publish=["screen"]) for device in ("a phone", "a laptop")]
    async with (
        on_air(relay, room),
        on_air(relay, room, token=tokens[1], seat="screen") as screen,
        watching(relay, room, token=tokens[0]) as phone,
        watching(relay, room, token=tokens[1]) as laptop,
        watching(relay, room) as other,
    ):
        await eventually("pictures", lambda: all(one.video.first_key_at for one in (phone, laptop, other)))
        await eventually("everybody is told of", lambda: len(backend.of(Joined, room)) == 3)
        assert await remove(relay, room, person) == 204
        removed = instant()
        for client in (phone, laptop, screen):
            await eventually("they are told to go", client.link.gone.is_set)
        await eventually("it is told", lambda: len(backend.of(Left, room)) == 2 and backend.of(Unpublished, room))
        assert {(left.person, left.reason) for left in backend.of(Left, room)} == {(person, "removed")}
        assert {left.device for left in backend.of(Left, room)} == {"a phone", "a laptop"}
        assert all(abs(left.at - removed) < 400 for left in backend.of(Left, room))
        assert [(one.person, one.reason) for one in backend.of(Unpublished, room)] == [(person, "removed")]
        gone, seen = phone.video.received, other.video.received
        await eventually("the others watch on", lambda: other.video.received > seen + 200)
        assert phone.video.received == gone
        assert await relay.delete(phone.location, phone.token) == 200


async def test_who_is_removed_does_not_come_back_with_the_grant_they_have(relay: Relay, room: UUID) -> None:
    person, elsewhere = mint(), mint()
    held = grant(room, person=person, publish=["host"])
    assert await remove(relay, room, person) == 204
    assert await remove(relay, room, person) == 204
    for client in (Viewer(relay, room, held), Publisher(relay, room, held)):
        with pytest.raises(Turned, match="/problems/removed") as turned:
            await client.join()
        assert turned.value.status == 403
        await client.vanish()
    async with watching(relay, room), watching(relay, elsewhere, token=grant(elsewhere, person=person)):
        pass


async def test_who_is_still_on_the_way_does_not_arrive(relay: Relay, room: UUID, backend: Receiver) -> None:
    person = mint()
    viewer = Viewer(relay, room, grant(room, person=person))
    viewer.link.online = False
    with pytest.raises((ConnectionError, TimeoutError)):
        await viewer.join(timeout=0.5)
    assert await remove(relay, room, person) == 204
    viewer.link.online = True
    assert (await relay.http.patch(viewer.location, content="a=mid:0")).status_code == 404
    assert backend.of(Joined, room) == []
    await viewer.vanish()


async def test_only_the_backend_removes_people(relay: Relay, room: UUID) -> None:
    path = f"/rooms/{room}/people/{mint()}"
    for token, status in ((grant(room), 403), (grant(mint(), control=True), 403), ("nonsense", 401)):
        answer = await relay.http.delete(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    control = {"Authorization": f"Bearer {grant(room, control=True)}"}
    assert (await relay.http.delete(f"/rooms/{room}/people/somebody", headers=control)).status_code == 404
