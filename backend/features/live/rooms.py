"""What a room says: lasting events with a number, kept and told in order, and passing ones.

The number is taken in the transaction of the act, so numbers have no holes and are committed in their
order. Telling comes after the commit and may be lost with a process or with Redis: whoever sees a
number too high reads what is missing from the table (`backend.features.live.delivery`).
"""

from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from backend.features.live import delivery
from backend.features.live.schemas import RoomEvent
from backend.kit import clock, db
from backend.kit.hub import hub

encode = msgspec.json.encode

LIVE_HINT = encode({"type": "live"})
POINTS_HINT = encode({"type": "points"})

_TELL = """
with numbered as (update live_session set seq = seq + 1 where id = $1 returning seq)
insert into room_event (session, seq, type, at, data, message)
select $1, seq, $2, $3, $4::jsonb, $5 from numbered returning seq
"""


async def tell(
    session: UUID, kind: str, data: Struct | dict[str, object], at: datetime, *, message: UUID | None = None
) -> RoomEvent:
    """Keep a lasting event, inside the current transaction, and tell the room once it has committed."""
    body = encode(data)
    seq = await db.fetchval(_TELL, session, kind, at, body.decode(), message)
    event = RoomEvent(seq=seq, type=kind, at=at, data=Raw(body))  # type: ignore[arg-type]
    db.after_commit(partial(delivery.publish, session, event.seq, encode(event)))
    return event


async def mention(session: UUID, kind: str, data: dict[str, object]) -> None:
    """Tell a passing thing to whoever is there now; it has no number and is not kept."""
    event = RoomEvent(seq=0, type=kind, at=clock.now(), data=Raw(encode(data)))  # type: ignore[arg-type]
    await delivery.publish(session, 0, encode(event))


def hint(unit: UUID, host: UUID) -> None:
    """Let the phones of an audience and the host refetch what is live, once the current transaction has committed."""
    db.after_commit(partial(hub.publish, f"unit:{unit}", LIVE_HINT))
    db.after_commit(partial(hub.publish, f"person:{host}", LIVE_HINT))


def hint_points(person: UUID) -> None:
    """Let a person's phones refetch their balance, once the current transaction has committed."""
    db.after_commit(partial(hub.publish, f"person:{person}", POINTS_HINT))
