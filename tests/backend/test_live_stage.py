"""The stage: hands, invitations, consent, three seats, silence by request, and who may lead."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest_asyncio

from backend.features.live import duties
from backend.kit import clock
from tests.backend.live import MEDIA_SECRET, Relay, Viewer, call, go_live, plan, say
from tests.cast import Actor, Cast, make_cast


@pytest_asyncio.fixture
async def cast(transport: httpx.ASGITransport) -> AsyncIterator[Cast]:
    """People of their own for every test: nobody has used up their right to raise a hand."""
    async with make_cast(transport) as cast:
        yield cast


@pytest_asyncio.fixture
async def session(cast: Cast) -> str:
    """A live session of Chen's for the region."""
    return await go_live(cast.chen, cast.region)


async def enter(actor: Actor, session: str) -> Any:
    return await call(actor, "POST", f"{session}/join", {"device": "phone"})


async def raise_hand(actor: Actor, session: str, status: int = 204) -> Any:
    return await call(actor, "PUT", f"{session}/hand", None, status)


async def invite(leader: Actor, session: str, person: Actor, status: int = 204) -> Any:
    return await call(leader, "PUT", f"{session}/stage/{person.employee.id}", None, status)


async def accept(actor: Actor, session: str, status: int = 200) -> Any:
    return await call(actor, "PUT", f"{session}/stage/me", {}, status)


async def come_up(cast: Cast, actor: Actor, session: str) -> Any:
    await raise_hand(actor, session)
    await invite(cast.chen, session, actor)
    return await accept(actor, session)


async def stage(actor: Actor, session: str) -> list[tuple[str, str, str | None]]:
    members = (await call(actor, "GET", f"{session}/stage"))["members"]
    return [(one["person"]["name"], one["state"], one["seat"]) for one in members]


async def said(actor: Actor, session: str, type_: str) -> list[Any]:
    events = (await call(actor, "GET", f"{session}/events?since=0"))["events"]
    return [event["data"] for event in events if event["type"] == type_]


async def publishes(actor: Actor, session: str) -> list[str]:
    """The seats that a fresh grant lets them publish on, which are those that they are told an address of."""
    media = (await enter(actor, session))["media"]
    told = [one["seat"] for one in media["seats"] if one["whip"]] + (["host"] if media["whip"] else [])
    grant = jwt.decode(media["token"], MEDIA_SECRET, algorithms=["HS256"], options={"verify_iat": False})
    assert sorted(grant["publish"]) == sorted(told)
    return sorted(told)


async def test_from_a_raised_hand_to_the_seat_and_down_again(cast: Cast, session: str) -> None:
    bob, name = cast.bob, cast.bob.employee.name
    assert await publishes(bob, session) == []
    await accept(bob, session, 409)
    for _ in range(2):
        await raise_hand(bob, session)
    assert await stage(cast.chen, session) == [(name, "raised", None)]
    for _ in range(2):
        await invite(cast.chen, session, bob)
    assert await publishes(bob, session) == []
    for _ in range(2):
        assert (await accept(bob, session))["seat"] == "guest-1"
    assert await publishes(bob, session) == ["guest-1"]
    assert await publishes(cast.chen, session) == ["host", "screen"]
    await raise_hand(bob, session)
    await invite(cast.chen, session, bob)
    assert [one["state"] for one in (await enter(cast.carol, session))["stage"]] == ["on"]
    for _ in range(2):
        await call(bob, "DELETE", f"{session}/stage/me")
    assert await stage(bob, session) == []
    assert await publishes(bob, session) == []
    told = await said(cast.carol, session, "stage")
    assert [(one["state"], one["seat"]) for one in told] == [
        ("raised", None),
        ("invited", None),
        ("on", "guest-1"),
        ("off", None),
    ]
    await accept(bob, session, 409)


async def test_a_hand_goes_down_an_invitation_is_declined_or_taken_back(cast: Cast, session: str) -> None:
    for how in ("lowered", "declined", "taken back"):
        await raise_hand(cast.bob, session)
        if how != "lowered":
            await invite(cast.chen, session, cast.bob)
        if how == "taken back":
            await call(cast.chen, "DELETE", f"{session}/stage/{cast.bob.employee.id}")
        else:
            await call(cast.bob, "DELETE", f"{session}/stage/me")
        assert await stage(cast.chen, session) == []
        await accept(cast.bob, session, 409)


async def test_four_consents_at_once_fill_three_seats(cast: Cast, session: str) -> None:
    guests = [cast.bob, cast.carol, cast.alice, cast.admin]
    for guest in guests:
        await raise_hand(guest, session)
    await asyncio.gather(*(invite(cast.chen, session, guest) for guest in guests))
    path = f"/api/live-sessions{session}/stage/me"
    answers = await asyncio.gather(*(guest.client.put(path, json={}) for guest in guests))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]
    seats = {answer.json()["seat"] for answer in answers if answer.is_success}
    assert seats == {"guest-1", "guest-2", "guest-3"}
    [left] = [guest for guest, answer in zip(guests, answers, strict=True) if not answer.is_success]
    assert (await accept(left, session, 409))["type"] == "/problems/stage-full"
    first = guests[[answer.is_success and answer.json()["seat"] for answer in answers].index("guest-2")]
    await call(cast.chen, "DELETE", f"{session}/stage/{first.employee.id}")
    assert (await accept(left, session))["seat"] == "guest-2"
    await raise_hand(first, session)
    assert (await invite(cast.chen, session, first, 409))["type"] == "/problems/stage-full"


async def test_silence_is_asked_for_done_and_told_by_the_guest(cast: Cast, session: str) -> None:
    await come_up(cast, cast.bob, session)
    mute = f"{session}/stage/{cast.bob.employee.id}/mute"
    await call(cast.bob, "POST", mute, None, 403)
    await call(cast.chen, "POST", mute, None, 204)
    assert await said(cast.bob, session, "muteAsked") == [{"person": str(cast.bob.employee.id)}]
    for on in (False, False, True):
        await call(cast.bob, "PATCH", f"{session}/stage/me", {"microphone": on}, 204)
    assert [one["microphone"] for one in await said(cast.chen, session, "stage")][-3:] == [True, False, True]
    await call(cast.bob, "DELETE", f"{session}/stage/me")
    await call(cast.chen, "POST", mute, None, 204)
    await call(cast.bob, "PATCH", f"{session}/stage/me", {"microphone": False}, 204)
    assert len(await said(cast.bob, session, "muteAsked")) == 1


async def test_only_who_leads_invites_and_only_who_is_here_comes(
    cast: Cast, session: str, transport: httpx.ASGITransport
) -> None:
    await raise_hand(cast.chen, session, 403)
    await invite(cast.bob, session, cast.carol, 403)
    await invite(cast.chen, session, cast.carol, 404)
    await invite(cast.chen, session, cast.chen, 404)
    await raise_hand(cast.mallory, session, 404)
    await invite(cast.chen, session, cast.mallory, 404)
    relay = Relay(transport, session)
    await relay.joined(Viewer(cast.carol))
    await invite(cast.chen, session, cast.carol)
    await relay.close()


async def test_a_stage_is_there_only_while_the_session_is_live(cast: Cast) -> None:
    session = await plan(cast.chen, cast.region)
    assert (await raise_hand(cast.bob, session, 409))["type"] == "/problems/room-not-open"
    await call(cast.chen, "POST", f"{session}/start")
    await come_up(cast, cast.bob, session)
    await call(cast.chen, "POST", f"{session}/end")
    await accept(cast.bob, session, 409)


async def test_who_is_sent_out_of_the_room_is_off_the_stage(cast: Cast, session: str) -> None:
    await come_up(cast, cast.bob, session)
    await call(cast.chen, "POST", f"{session}/removals", {"person": cast.bob.employee.id}, 204)
    assert await stage(cast.chen, session) == []
    await raise_hand(cast.bob, session, 403)
    await invite(cast.chen, session, cast.bob, 404)


async def test_a_guest_who_has_gone_without_a_word_frees_the_seat(
    cast: Cast, session: str, transport: httpx.ASGITransport
) -> None:
    relay = Relay(transport, session)
    await come_up(cast, cast.bob, session)
    await come_up(cast, cast.carol, session)
    members = {"seat": "guest-2", "publication": Viewer(cast.carol).members["stay"], "person": cast.carol.employee.id}
    await relay.tell("published", None, **members, device="phone")
    with clock.travel(clock.now() + timedelta(seconds=90)):
        await duties.look_after_rooms()
        assert await stage(cast.chen, session) == [(cast.carol.employee.name, "on", "guest-2")]
    await relay.close()


async def test_a_cohost_leads_the_room_but_not_the_plan(cast: Cast, session: str) -> None:
    alice = cast.alice.employee.id
    message = (await say(cast.carol, session, "off topic"))["data"]["id"]
    await call(cast.alice, "DELETE", f"{session}/messages/{message}", None, 403)
    await call(cast.bob, "PUT", f"{session}/cohosts/{alice}", None, 403)
    await call(cast.chen, "PUT", f"{session}/cohosts/{cast.mallory.employee.id}", None, 404)
    for _ in range(2):
        await call(cast.chen, "PUT", f"{session}/cohosts/{alice}", None, 204)
    entered = await enter(cast.alice, session)
    assert (entered["leading"], entered["cohosts"], entered["media"]["whip"]) == (True, [str(alice)], None)
    await raise_hand(cast.bob, session)
    await invite(cast.alice, session, cast.bob)
    await call(cast.alice, "DELETE", f"{session}/messages/{message}")
    await call(cast.alice, "GET", f"{session}/viewers")
    await call(cast.alice, "PUT", f"{session}/cohosts/{cast.bob.employee.id}", None, 403)
    await call(cast.alice, "PATCH", session, {"title": "Mine"}, 403)
    await call(cast.chen, "PUT", f"{session}/cohosts/{cast.carol.employee.id}", None, 204)
    await call(cast.alice, "POST", f"{session}/removals", {"person": cast.carol.employee.id}, 403)
    for _ in range(2):
        await call(cast.chen, "DELETE", f"{session}/cohosts/{alice}")
    assert [one["leads"] for one in await said(cast.bob, session, "cohost")] == [True, True, False]
    await invite(cast.alice, session, cast.carol, 403)
    await call(cast.chen, "POST", f"{session}/removals", {"person": cast.carol.employee.id}, 204)
    assert (await enter(cast.alice, session))["cohosts"] == []


async def test_the_room_hears_of_the_screen(cast: Cast, session: str, transport: httpx.ASGITransport) -> None:
    relay = Relay(transport, session)
    members = {"seat": "screen", "publication": Viewer(cast.chen).members["stay"], "person": cast.chen.employee.id}
    await relay.tell("published", None, **members, device="laptop")
    assert (await enter(cast.bob, session))["screen"] is True
    await relay.tell("unpublished", None, **members, reason="bye")
    assert (await enter(cast.bob, session))["screen"] is False
    assert await said(cast.bob, session, "screen") == [{"on": True}, {"on": False}]
    await relay.close()
