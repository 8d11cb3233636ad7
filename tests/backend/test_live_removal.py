"""Who is sent out of a room gets no more of its media: the real worker, the real relay, a real connection."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from backend.features.live import media
from backend.kit import clock
from backend.kit.settings import Settings
from tests.backend.live import MEDIA_SECRET, Relay, call, epoch, go_live
from tests.backend.test_live_closing import working
from tests.cast import Actor, Cast
from tests.expect import eventually
from tests.media import clients
from tests.media.sdp import Local, offer
from tests.media.server import RelayProcess

NOBODY = Local("ufra", "a password of twenty-four", "sha-256 " + ":".join(["AB"] * 32))
Phone = clients.Viewer


@pytest_asyncio.fixture
async def server(settings: Settings, transport: httpx.ASGITransport, tmp_path: Path) -> AsyncIterator[RelayProcess]:
    """A relay that the app knows. It is not running yet, and what it tells arrives nowhere."""
    relay = RelayProcess(tmp_path / "relay", "http://127.0.0.1:9/nowhere")
    media.use(replace(settings, media_control=relay.url))
    async with working(settings):
        yield relay
    media.use(settings)
    await relay.stop()


@pytest_asyncio.fixture
async def door(server: RelayProcess) -> AsyncIterator[clients.Relay]:
    """The relay's HTTP door."""
    async with clients.Relay(server.url) as door:
        yield door


@pytest_asyncio.fixture
async def session(cast: Cast) -> str:
    """A live session of Chen's for the region."""
    return await go_live(cast.chen, cast.region)


async def phone_of(actor: Actor, session: str, door: clients.Relay) -> Phone:
    """Their phone, with the grant that entering the room brought."""
    entered = await call(actor, "POST", f"{session}/join", {"device": "phone"})
    return Phone(door, UUID(session[1:]), entered["media"]["token"])


async def send_out(cast: Cast, actor: Actor, session: str) -> None:
    await call(cast.chen, "POST", f"{session}/removals", {"person": actor.employee.id}, 204)


async def kept_out(phone: Phone) -> bool:
    """Whether the relay refuses them. An offer is enough to ask: nobody follows it up."""
    try:
        await phone.relay.post(phone.path, offer(NOBODY, "VP8"), phone.token)
    except clients.Turned as turned:
        return turned.status == httpx.codes.FORBIDDEN
    return False


async def test_who_is_sent_out_loses_the_picture_at_once_and_the_others_do_not(
    cast: Cast, session: str, server: RelayProcess, door: clients.Relay
) -> None:
    await server.start(MEDIA_SECRET=MEDIA_SECRET)
    carol, bob = [await phone_of(actor, session, door) for actor in (cast.carol, cast.bob)]
    for phone in (carol, bob):
        await phone.join()
    await send_out(cast, cast.carol, session)
    await eventually("Carol's phone is told to go", carol.link.gone.is_set, 5)
    assert bob.connected
    with pytest.raises(clients.Turned, match="/problems/removed"):
        await carol.join()
    for phone in (carol, bob):
        await phone.vanish()


async def test_a_guest_who_is_brought_down_is_off_the_air_at_once_and_may_come_up_again(
    cast: Cast, session: str, server: RelayProcess, door: clients.Relay
) -> None:
    await server.start(MEDIA_SECRET=MEDIA_SECRET)
    path = f"{session}/stage/{cast.carol.employee.id}"

    async def come_up() -> clients.Publisher:
        await call(cast.carol, "PUT", f"{session}/hand", None, 204)
        await call(cast.chen, "PUT", path, None, 204)
        await call(cast.carol, "PUT", f"{session}/stage/me", {}, 200)
        token = (await call(cast.carol, "POST", f"{session}/join", {"device": "phone"}))["media"]["token"]
        return clients.Publisher(door, UUID(session[1:]), token, seat="guest-1")

    guest = await come_up()
    await guest.join()
    await call(cast.chen, "DELETE", path)
    await eventually("Carol is told to go", guest.link.gone.is_set, 5)
    with pytest.raises(clients.Turned, match="/problems/unseated"):
        await guest.join()
    again = await come_up()

    async def taken() -> bool:
        # A grant of the second in which she was unseated is refused, too: her app asks for a fresh one.
        again.token = (await call(cast.carol, "POST", f"{session}/join", {"device": "phone"}))["media"]["token"]
        try:
            await again.join()
        except clients.Turned:
            return False
        return True

    await eventually("Carol publishes again", taken, 5)
    for one in (guest, again):
        await one.vanish()


async def test_a_relay_that_is_away_is_told_when_it_is_back(
    cast: Cast, session: str, server: RelayProcess, door: clients.Relay
) -> None:
    carol = await phone_of(cast.carol, session, door)
    await send_out(cast, cast.carol, session)
    await server.start(MEDIA_SECRET=MEDIA_SECRET)
    await eventually("Carol is kept out", lambda: kept_out(carol), 30)
    await carol.vanish()


async def test_a_relay_that_was_down_is_told_again(
    cast: Cast, session: str, server: RelayProcess, door: clients.Relay, transport: httpx.ASGITransport
) -> None:
    await server.start(MEDIA_SECRET=MEDIA_SECRET)
    carol = await phone_of(cast.carol, session, door)
    await send_out(cast, cast.carol, session)
    await eventually("Carol is kept out", lambda: kept_out(carol), 5)
    await server.kill()
    await server.start(MEDIA_SECRET=MEDIA_SECRET)
    await carol.join()
    down = epoch(clock.now())
    await Relay(transport, session).tell("fault", None, kind="restart", **{"from": down, "to": down})
    await eventually("Carol is kept out again", carol.link.gone.is_set, 5)
    assert await kept_out(carol)
    await carol.vanish()
