"""The stage: a viewer opens one connection for each live seat, and a guest who is unseated publishes no more."""

from uuid import UUID

import pytest

from media.messages import Left, Published, Unpublished, mint
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, Turned, grant
from tests.media.receiver import Receiver
from tests.media.stage import on_air, watching

GUEST, SCREEN = "guest-1", "screen"


async def unseat(relay: Relay, room: UUID, person: UUID, token: str | None = None) -> int:
    """The backend's call."""
    headers = {"Authorization": f"Bearer {token or grant(room, control=True)}"}
    return (await relay.http.delete(f"/rooms/{room}/people/{person}/publications", headers=headers)).status_code


async def test_each_seat_is_its_own_picture(relay: Relay, room: UUID, backend: Receiver) -> None:
    async with (
        on_air(relay, room),
        on_air(relay, room, seat=SCREEN, token=grant(room, publish=["host", SCREEN])),
        on_air(relay, room, seat=GUEST, token=grant(room, publish=[GUEST])),
        watching(relay, room) as host,
        watching(relay, room, seat=SCREEN) as screen,
        watching(relay, room, seat=GUEST) as guest,
    ):
        await eventually("three pictures", lambda: all(one.video.first_key_at for one in (host, screen, guest)))
        await eventually("all are told of", lambda: len(backend.of(Published, room)) == 3)
        assert {one.seat for one in backend.of(Published, room)} == {"host", SCREEN, GUEST}


async def test_a_guest_who_is_unseated_is_off_the_air_at_once_and_watches_on(
    relay: Relay, room: UUID, backend: Receiver
) -> None:
    person = mint()
    held = grant(room, person=person, publish=[GUEST])
    async with (
        on_air(relay, room),
        on_air(relay, room, seat=GUEST, token=held) as guest,
        watching(relay, room, token=held) as own,
        watching(relay, room, seat=GUEST) as other,
    ):
        await eventually("pictures", lambda: all(one.video.first_key_at for one in (own, other)))
        assert await unseat(relay, room, person) == 204
        await eventually("the guest is told to go", guest.link.gone.is_set)
        await eventually("it is told", lambda: backend.of(Unpublished, room))
        assert [(one.seat, one.person, one.reason) for one in backend.of(Unpublished, room)] == [
            (GUEST, person, "removed")
        ]
        seen = own.video.received
        await eventually("they watch the host on", lambda: own.video.received > seen + 100)
        assert backend.of(Left, room) == []
        again = Publisher(relay, room, held, seat=GUEST)
        with pytest.raises(Turned, match="/problems/unseated") as turned:
            await again.join()
        assert turned.value.status == 403
        await again.vanish()


async def test_a_guest_may_take_no_other_seat(relay: Relay, room: UUID) -> None:
    for seat in ("host", SCREEN, "guest-2"):
        guest = Publisher(relay, room, grant(room, publish=[GUEST]), seat=seat)
        with pytest.raises(Turned, match="/problems/not-granted"):
            await guest.join()
        await guest.vanish()


async def test_only_the_backend_unseats(relay: Relay, room: UUID) -> None:
    for token, status in ((grant(room), 403), (grant(mint(), control=True), 403), ("nonsense", 401)):
        assert await unseat(relay, room, mint(), token) == status
    assert await unseat(relay, room, mint()) == 204
