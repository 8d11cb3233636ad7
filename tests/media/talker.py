"""A process that tells things through an Outbox until somebody kills it: `python -m tests.media.talker SPOOL URL`.

Prints the id of a message once `send` has returned, so what is printed must arrive.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import msgspec

from media.messages import Beat, Joined, mint
from media.webhooks import Outbox
from tests.media.receiver import SECRET

ROOMS = [UUID(int=n, version=4) for n in range(1, 4)]


class Told(msgspec.Struct, frozen=True):
    """The settings of an outbox."""

    spool: Path
    webhook: str
    secret: str = SECRET


async def talk(told: Told) -> None:
    outbox = Outbox(told)
    courier = asyncio.create_task(outbox.run())
    while not courier.done():
        for room in ROOMS:
            for message in (Joined(room=room, stay=mint(), person=mint(), device="d"), Beat(room=room, people=())):
                outbox.send(message)
                sys.stdout.write(f"{message.id}\n")
                sys.stdout.flush()
        await asyncio.sleep(0.002)


if __name__ == "__main__":
    asyncio.run(talk(Told(spool=Path(sys.argv[1]), webhook=sys.argv[2])))
