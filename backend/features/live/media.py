"""The relay, seen from here: grants for browsers, the messages it sends, and the two calls we make
(media/PROTOCOL.md). No request of a browser ever waits for it."""

import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import httpx
import jwt
import msgspec

from backend.features.live.schemas import MediaAccess
from backend.kit import clock
from backend.kit.settings import Settings

log = logging.getLogger(__name__)

GRANT_LIFE = timedelta(hours=1)
CONTROL_LIFE = timedelta(minutes=1)
SIGNATURE_LIFE_SECONDS = 300

CLOSE_TRIES = 2
CLOSE_SECONDS = 4.0
REMOVE_SECONDS = 4.0

HOST_SEAT = "host"
_ENVELOPE = frozenset({"id", "type", "room", "at"})
Seat = Literal["host", "screen", "guest-1", "guest-2", "guest-3"]
Reason = Literal["bye", "timeout", "replaced", "closed", "removed"]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """What every webhook says; `at` in milliseconds since the Unix epoch, `id` is the trace's id."""

    id: UUID
    room: UUID
    at: int


class Joined(Message, frozen=True, kw_only=True, tag="joined"):
    stay: UUID
    person: UUID
    device: str


class Left(Message, frozen=True, kw_only=True, tag="left"):
    stay: UUID
    person: UUID
    device: str
    reason: Reason


class Present(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A person in a beat; `media_ms` of the time since the last beat media really reached them."""

    stay: UUID
    person: UUID
    device: str
    media_ms: int


class Beat(Message, frozen=True, kw_only=True, tag="beat"):
    people: list[Present]


class Published(Message, frozen=True, kw_only=True, tag="published"):
    seat: Seat
    publication: UUID
    person: UUID
    device: str


class Unpublished(Message, frozen=True, kw_only=True, tag="unpublished"):
    seat: Seat
    publication: UUID
    person: UUID
    reason: Reason


class Fault(Message, frozen=True, kw_only=True, tag="fault", rename={"from_": "from"}):
    """The relay was down in `[from, to)`."""

    from_: int
    to: int
    kind: str


AnyMessage = Joined | Left | Beat | Published | Unpublished | Fault
decode_message = msgspec.json.Decoder(AnyMessage).decode


_settings: Settings | None = None


def use(settings: Settings) -> None:
    """Speak with this relay from now on."""
    global _settings
    _settings = settings


def _relay() -> Settings:
    if _settings is None:
        raise RuntimeError("media.use(settings) has not been called")
    return _settings


def base(scheme: str, host: str) -> str:
    """The relay's address for the browser that asked us at this scheme and host name."""
    name = f"[{host}]" if ":" in host else host
    return _relay().media_url or f"{scheme}://{name}:{_relay().port + 1}"


def access(base: str, room: UUID, person: UUID, device: str, *, hosting: bool) -> MediaAccess:
    """Where and with what this person publishes (hosts only) and plays. `base` is the relay's address for browsers."""
    expires = clock.now() + GRANT_LIFE
    claims = {"sub": str(person), "device": device, "publish": [HOST_SEAT] if hosting else [], "watch": True}
    return MediaAccess(
        whip=f"{base}/whip/{room}/{HOST_SEAT}" if hosting else None,
        whep=f"{base}/whep/{room}/{HOST_SEAT}",
        token=_signed(room, expires, claims),
        expires_at=expires,
    )


def _signed(room: UUID, expires: datetime, claims: dict[str, object]) -> str:
    times = {"iat": int(clock.now().timestamp()), "exp": int(expires.timestamp())}
    grant = {"iss": "wake", "room": str(room), "control": False} | times | claims
    return jwt.encode(grant, _relay().media_secret, algorithm="HS256")


def genuine(header: str, body: bytes) -> bool:
    """Whether `Wake-Signature: t=SECONDS,v1=HEX` is this body's, made with the secret less than five minutes ago."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    seconds, claimed = fields.get("t", ""), fields.get("v1", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return False
    expected = hmac.new(_relay().media_secret.encode(), f"{seconds}.".encode() + body, "sha256").hexdigest()
    fresh = abs(clock.now().timestamp() - int(seconds)) <= SIGNATURE_LIFE_SECONDS
    return hmac.compare_digest(expected.encode(), claimed.encode()) and fresh


def instant(milliseconds: int) -> datetime:
    """A webhook's instant."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _control(room: UUID) -> dict[str, str]:
    """The backend's own grant over a room, as a header."""
    claims = {"sub": "", "device": "", "publish": [], "watch": False, "control": True}
    return {"Authorization": f"Bearer {_signed(room, clock.now() + CONTROL_LIFE, claims)}"}


async def remove(room: UUID, person: UUID) -> None:
    """Let the relay end a person's media in a room and keep them out. Raises httpx.HTTPError."""
    url = f"{_relay().media_control}/rooms/{room}/people/{person}"
    async with httpx.AsyncClient(timeout=REMOVE_SECONDS, trust_env=False) as relay:
        (await relay.delete(url, headers=_control(room))).raise_for_status()


async def close_room(room: UUID) -> bool:
    """Ask the relay to close the room and to tell what is left. False when it is away: attendance
    then rests on what it has told so far, and what it tells later corrects it."""
    url, control = f"{_relay().media_control}/rooms/{room}", _control(room)
    async with httpx.AsyncClient(timeout=CLOSE_SECONDS, trust_env=False) as relay:
        for _ in range(CLOSE_TRIES):
            try:
                answer = await relay.delete(url, headers=control)
            except httpx.HTTPError as fault:
                log.warning("the relay is away while closing %s: %r", room, fault)
                continue
            if answer.is_success:
                return True
            log.warning("the relay refused to close %s: %d", room, answer.status_code)
    return False


def members(message: AnyMessage) -> dict[str, object]:
    """A message's own members by their names on the wire, for the record."""
    told: dict[str, object] = msgspec.to_builtins(message)
    return {name: value for name, value in told.items() if name not in _ENVELOPE}
