"""The stage: who raises a hand, whom the host invites, who consents and speaks to everybody, three at most.

Every step holds the session's row, so that steps have an order and seats are given once; the room hears of each.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.features.live import life, media, queries, rooms, rules, sessions, standings
from backend.features.live.problems import NotInvited, RoomNotOpen, StageFull
from backend.features.live.schemas import StageMember, StageMembers
from backend.features.live.sessions import Session
from backend.features.live.standings import Standing
from backend.kit import db, jobs
from backend.kit.problems import Forbidden, NotFound, TooMany
from backend.kit.redis import allow
from backend.people.principal import Principal

UNSEAT = "unseat-guest"
HAND_LIMIT, HAND_SECONDS = 6, 60


class Unseating(msgspec.Struct, frozen=True):
    """The payload of the job that ends what a person publishes."""

    session: UUID
    person: UUID


async def raise_hand(principal: Principal, session: UUID) -> None:
    """Ask to speak. Again: nothing happens."""
    await sessions.entered(principal, session)
    if not await allow(f"hand:{principal.employee}", HAND_LIMIT, HAND_SECONDS):
        raise TooMany(retryAfter=HAND_SECONDS)
    async with db.transaction():
        found = await _open(session)
        if principal.employee == found.host:
            raise Forbidden
        if await standings.state(session, principal.employee) == "off":
            await _move(found, Standing(principal.employee, "raised"))


async def members(principal: Principal, session: UUID) -> StageMembers:
    """Who is on the stage, invited, or has a hand up."""
    await sessions.entered(principal, session)
    return StageMembers(members=await standings.members(session))


async def accept(principal: Principal, session: UUID, *, microphone: bool) -> StageMember:
    """Consent to an invitation and take a seat; a fresh grant (`join`) then publishes on it. Again: the same answer."""
    await sessions.entered(principal, session)
    async with db.transaction():
        found = await _open(session)
        state = await standings.state(session, principal.employee)
        if state not in {"invited", "on"}:
            raise NotInvited
        if state == "invited":
            seat = rules.free_seat(await standings.seats(session))
            if seat is None:
                raise StageFull
            await _move(found, Standing(principal.employee, "on", seat, microphone=microphone))
        return await standings.member(session, principal.employee)


async def step_down(principal: Principal, session: UUID) -> None:
    """Lower the hand, decline the invitation or leave the stage. Again: nothing happens."""
    await sessions.entered(principal, session)
    await _down(session, principal.employee)


async def say_microphone(principal: Principal, session: UUID, *, on: bool) -> None:
    """Tell whether one's own microphone is on; of no account when not on the stage."""
    await sessions.entered(principal, session)
    async with db.transaction():
        await sessions.locked(session)
        if await standings.set_microphone(session, principal.employee, on=on):
            await _tell(session, principal.employee, life.present())


async def invite(principal: Principal, session: UUID, person: UUID) -> None:
    """Ask somebody in the room to come up. Again, or when they are there: nothing happens."""
    await sessions.led(principal, session)
    async with db.transaction():
        found = await _open(session)
        state = await standings.state(session, person)
        if state in {"invited", "on"}:
            return
        here = state == "raised" or await queries.stays(session, person)
        if person == found.host or not here or await sessions.removed(session, person):
            raise NotFound
        if rules.free_seat(await standings.seats(session)) is None:
            raise StageFull
        await _move(found, Standing(person, "invited"))


async def bring_down(principal: Principal, session: UUID, person: UUID) -> None:
    """Take somebody off the stage, their invitation back or their hand down. Again: nothing happens."""
    found = await sessions.led(principal, session)
    if not await queries.in_org(person, found.org):
        raise NotFound
    await _down(session, person)


async def ask_silence(principal: Principal, session: UUID, person: UUID) -> None:
    """Ask a guest to mute: their app does, says so, and they may speak again. Of no account for who is not on."""
    found = await sessions.led(principal, session)
    if not await queries.in_org(person, found.org):
        raise NotFound
    async with db.transaction():
        await sessions.locked(session)
        if await standings.state(session, person) == "on":
            await rooms.tell(session, "muteAsked", {"person": person}, life.present())


async def clear(session: Session, person: UUID) -> None:
    """Somebody is sent out, or gone: whatever they are on the stage, they are no more. Inside a transaction."""
    if await standings.state(session.id, person) != "off":
        await _move(session, Standing(person, "off"))


async def look_after(session: Session, now: datetime) -> None:
    """Free the seats of guests of whom nothing has been seen or heard for a while."""
    for person in await standings.absent(session.id, now - rules.GUEST_AWAY):
        await clear(session, person)


async def repeat(session: UUID) -> None:
    """The relay was down and has forgotten whose grants publish no more: tell it again."""
    async with db.transaction():
        for person in await standings.unseated(session, life.present() - media.GRANT_LIFE):
            await jobs.enqueue(UNSEAT, Unseating(session, person))


async def _open(session: UUID) -> Session:
    found = await sessions.locked(session)
    if found.state != "live":
        raise RoomNotOpen
    return found


async def _down(session: UUID, person: UUID) -> None:
    async with db.transaction():
        await clear(await sessions.locked(session), person)


async def _move(session: Session, standing: Standing) -> None:
    now = life.present()
    if await standings.put(session.id, standing, now):
        await jobs.enqueue(UNSEAT, Unseating(session.id, standing.person))
    await _tell(session.id, standing.person, now)


async def _tell(session: UUID, person: UUID, now: datetime) -> None:
    await rooms.tell(session, "stage", await standings.member(session, person), now)
