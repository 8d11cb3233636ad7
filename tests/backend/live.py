"""Steps of live tests: a host, phones, and a relay that posts what a relay posts."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from backend.commands import export, recompute
from backend.features.live import duties
from backend.features.live.life import Closing
from backend.kit import clock
from backend.kit.ids import uuid7
from backend.projections.attendance.rules import Attendance
from tests.cast import ADDRESS, Actor
from tests.make import Unit

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # 12:00 in Shanghai
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MEDIA_SECRET = "another secret of the tests, 32 long"


async def call(actor: Actor, method: str, path: str, body: object = None, status: int | None = None) -> Any:
    """The answer's JSON. The status has to be this one or, without, any success."""
    content = None if body is None else msgspec.json.encode(body)
    headers = {"content-type": "application/json"} if content else {}
    answer = await actor.client.request(method, f"/api/live-sessions{path}", content=content, headers=headers)
    expected = answer.is_success if status is None else answer.status_code == status
    assert expected, (method, path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


async def plan(host: Actor, unit: Unit, **changes: object) -> str:
    """The path (`/id`) of a new live session that may start now."""
    body = {"id": uuid7(), "title": "Reading the new policy", "unit": unit.id} | changes
    return f"/{(await call(host, 'POST', '', body, 201))['id']}"


async def go_live(host: Actor, unit: Unit) -> str:
    """The path of a live session."""
    session = await plan(host, unit)
    await call(host, "POST", f"{session}/start")
    return session


async def say(actor: Actor, session: str, text: str, status: int | None = None, id_: UUID | None = None) -> Any:
    return await call(actor, "POST", f"{session}/messages", {"id": id_ or uuid7(), "text": text}, status)


async def close(session: str) -> None:
    """Do the closing job now."""
    await duties.close_live_session(Closing(UUID(session[1:])))


async def recomputed(session: str) -> dict[str, Attendance]:
    """What an auditor makes of it: `wake attendance export`, then `wake attendance recompute`."""
    answer = recompute(await export(UUID(session[1:])))
    (case,) = msgspec.json.decode(answer, type=list[dict[str, Attendance]])
    return case


class Viewer:
    """One stay of one device of a person."""

    def __init__(self, actor: Actor, device: str = "phone") -> None:
        self.members: dict[str, object] = {"stay": uuid7(), "person": actor.employee.id, "device": device}


class Relay:
    """Posts signed webhooks of one room, at the clock's instant unless told otherwise."""

    def __init__(self, transport: httpx.AsyncBaseTransport, session: str, address: str = ADDRESS) -> None:
        self.room = session[1:]
        self._http = httpx.AsyncClient(transport=transport, base_url=address)

    async def close(self) -> None:
        """Its connections."""
        await self._http.aclose()

    async def post(self, body: bytes, secret: str = MEDIA_SECRET) -> int:
        """The status that the backend answers to this body."""
        seconds = int(clock.now().timestamp())
        mac = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
        headers = {"wake-signature": f"t={seconds},v1={mac}", "content-type": "application/json"}
        return (await self._http.post("/api/media/webhooks", content=body, headers=headers)).status_code

    def message(self, type_: str, at: datetime | None, **members: object) -> bytes:
        envelope = {"id": uuid7(), "type": type_, "room": self.room, "at": epoch(at or clock.now())}
        return msgspec.json.encode(envelope | members)

    async def tell(self, type_: str, at: datetime | None, **members: object) -> bytes:
        body = self.message(type_, at, **members)
        assert await self.post(body) == httpx.codes.NO_CONTENT
        return body

    async def joined(self, *viewers: Viewer, at: datetime | None = None) -> None:
        for viewer in viewers:
            await self.tell("joined", at, **viewer.members)

    async def left(self, viewer: Viewer, at: datetime | None = None) -> None:
        await self.tell("left", at, **viewer.members, reason="bye")

    async def beat(self, *viewers: Viewer, at: datetime | None = None, media_ms: int = 10_000) -> None:
        await self.tell("beat", at, people=[viewer.members | {"mediaMs": media_ms} for viewer in viewers])

    async def published(self, host: Actor, at: datetime | None = None) -> UUID:
        publication = uuid7()
        person = host.employee.id
        await self.tell("published", at, seat="host", publication=publication, person=person, device="laptop")
        return publication

    async def unpublished(self, host: Actor, publication: UUID, at: datetime | None = None) -> None:
        person = host.employee.id
        await self.tell("unpublished", at, seat="host", publication=publication, person=person, reason="timeout")


def epoch(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
