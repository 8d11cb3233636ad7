"""The relay, seen from here: grants for browsers, the proof that a message is the relay's, and what we ask of it
(media/PROTOCOL.md). No request of a browser ever waits for it."""

import asyncio
import hmac
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import httpx
import jwt
import msgspec

from backend.features.live import nodes
from backend.features.live.messages import Recorded
from backend.features.live.placement import Seat
from backend.features.live.rules import GUEST_SEATS, GuestSeat
from backend.features.live.schemas import MediaAccess, SeatAccess
from backend.kit import clock
from backend.kit.settings import Settings

log = logging.getLogger(__name__)

GRANT_LIFE = timedelta(hours=1)
CONTROL_LIFE = timedelta(minutes=1)
SIGNATURE_LIFE_SECONDS = 300

CONTROL_TRIES = 2
CONTROL_SECONDS = 4.0

HOST_SEAT: Literal["host"] = "host"
SCREEN_SEAT: Literal["screen"] = "screen"


class RelayAway(Exception):
    """The relay does not answer."""


_settings: Settings | None = None


def use(settings: Settings) -> None:
    """Speak with this relay from now on."""
    global _settings
    _settings = settings


def relay() -> Settings:
    """What `use` was given."""
    if _settings is None:
        raise RuntimeError("media.use(settings) has not been called")
    return _settings


class Asker(msgspec.Struct, frozen=True):
    """A browser that asks for a relay: how it reached us, and its IP address."""

    scheme: str
    host: str
    address: str


class Reach(msgspec.Struct, frozen=True):
    """Where one browser publishes and where it watches, and what those relays of a fleet are called."""

    origin: str
    viewed: str
    names: tuple[str, str] | None = None


async def reach(asker: Asker, room: UUID) -> Reach:
    """Where this browser finds the room."""
    host = f"[{asker.host}]" if ":" in asker.host else asker.host
    place = await nodes.place(room, asker.address)
    if place is None:
        alone = relay().media_url or f"{asker.scheme}://{host}:{relay().port + 1}"
        return Reach(alone, alone)
    relays = place.origin, place.viewed
    first, second = (relay.url.replace("{host}", host) for relay in relays)
    return Reach(first, second, (relays[0].name, relays[1].name))


def access(
    reach: Reach,
    room: UUID,
    person: UUID,
    device: str,
    *,
    hosting: bool,
    recorded: bool = False,
    guest: GuestSeat | None = None,
) -> MediaAccess:
    """Where and with what this person publishes (a host, a guest on a seat) and plays; what is recorded can be had as
    HLS too. Guests are not recorded: they consent to be seen now.
    """
    expires = clock.now() + GRANT_LIFE
    publish: list[Seat] = [HOST_SEAT, SCREEN_SEAT] if hosting else [guest] if guest else []
    claims = {"sub": str(person), "device": device, "publish": publish, "watch": True, "record": hosting and recorded}
    token, engine = _signed(room, expires, claims), relay().engine

    def publishing(seat: Seat) -> str | None:
        if seat not in publish:
            return None
        return _filled(engine.whip, room, seat, token) if engine else f"{reach.origin}/whip/{room}/{seat}"

    def watching(seat: Seat) -> str:
        return _filled(engine.whep, room, seat, token) if engine else f"{reach.viewed}/whep/{room}/{seat}"

    return MediaAccess(
        relays=sorted(set(reach.names if publish else reach.names[1:])) if reach.names else [],
        whip=publishing(HOST_SEAT),
        whep=watching(HOST_SEAT),
        seats=[SeatAccess(seat, publishing(seat), watching(seat)) for seat in (SCREEN_SEAT, *GUEST_SEATS)],
        hls=f"{reach.origin}/hls/{room}/{HOST_SEAT}" if recorded and engine is None else None,
        token=token,
        expires_at=expires,
    )


def _filled(template: str, room: UUID, seat: Seat, token: str) -> str:
    return template.replace("{room}", str(room)).replace("{seat}", seat).replace("{token}", token)


def _signed(room: UUID, expires: datetime, claims: dict[str, object]) -> str:
    times = {"iat": int(clock.now().timestamp()), "exp": int(expires.timestamp())}
    grant = {"iss": "wake", "room": str(room), "control": False, "record": False} | times | claims
    return jwt.encode(grant, relay().media_secret, algorithm="HS256")


def genuine(header: str, body: bytes) -> bool:
    """Whether `Wake-Signature: t=SECONDS,v1=HEX` is this body's, made with the secret less than five minutes ago."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    seconds, claimed = fields.get("t", ""), fields.get("v1", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return False
    expected = hmac.new(relay().media_secret.encode(), f"{seconds}.".encode() + body, "sha256").hexdigest()
    fresh = abs(clock.now().timestamp() - int(seconds)) <= SIGNATURE_LIFE_SECONDS
    return hmac.compare_digest(expected.encode(), claimed.encode()) and fresh


def recording(told: Recorded) -> tuple[str, dict[str, str]]:
    """Where the files of a recording are, and the header that opens them for a minute."""
    return f"{told.relay or relay().media_control}/recordings/{told.room}", _control(told.room)


def _control(room: UUID) -> dict[str, str]:
    """The backend's own grant over a room, as a header."""
    claims = {"sub": "", "device": "", "publish": [], "watch": False, "control": True}
    return {"Authorization": f"Bearer {_signed(room, clock.now() + CONTROL_LIFE, claims)}"}


async def remove(room: UUID, person: UUID) -> None:
    """Let every relay end a person's media in a room and keep them out. Raises RelayAway."""
    await _everywhere(room, f"/people/{person}")


async def unseat(room: UUID, person: UUID) -> None:
    """Let every relay end what a person publishes in a room; they may watch on. Raises RelayAway."""
    await _everywhere(room, f"/people/{person}/publications")


async def close_room(room: UUID) -> bool:
    """Ask every relay to close the room and to tell what is left. False when one is away: attendance
    then rests on what it has told so far, and what it tells later corrects it."""
    return all(await asyncio.gather(*(_asked(one, room, "") for one in await _controls())))


async def _everywhere(room: UUID, of: str) -> None:
    if not all(await asyncio.gather(*(_asked(one, room, of) for one in await _controls()))):
        raise RelayAway


async def _controls() -> Collection[str]:
    if relay().engine:
        return []  # it knows neither our rooms nor our people: it asks us
    return await nodes.controls() or [relay().media_control]


async def _asked(control: str, room: UUID, of: str) -> bool:
    """Whether a relay has ended what we want ended; tried twice."""
    async with httpx.AsyncClient(timeout=CONTROL_SECONDS, trust_env=False) as relay:
        for _ in range(CONTROL_TRIES):
            try:
                answer = await relay.delete(f"{control}/rooms/{room}{of}", headers=_control(room))
            except httpx.HTTPError as fault:
                log.warning("the relay at %s is away: %r", control, fault)
                continue
            if answer.is_success:
                return True
            log.warning("the relay at %s refused to end %s%s: %d", control, room, of, answer.status_code)
    return False
