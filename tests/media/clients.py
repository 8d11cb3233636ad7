"""Real WHEP viewers and WHIP publishers without a browser: real HTTP, ICE, DTLS, SRTP, RTCP, cheap enough for hundreds.

    async with Relay("http://127.0.0.1:8001") as relay:
        publisher = Publisher(relay, room, grant(room, publish=["host"]))
        await publisher.join()                  # 30 fps, 230 packets/s, 1.54 Mbps; .leave(), .vanish()
        viewer = Viewer(relay, room, grant(room))
        await viewer.join()                     # POST, ICE, DTLS
        await eventually("a picture", lambda: viewer.video.first_key_at)
        viewer.link.cut(20)                     # or .link.roam(), .link.loss = 0.1
        await viewer.leave()                    # DELETE

`viewer.video` and `.audio` are `Tally`s: received, bytes, holes, lost, repaired, frames, key_frames, latencies, trail.
`viewer.remain()` is a task that joins anew whenever the relay is gone. `python -m tests.media.pool` runs a crowd of
viewers (or a publisher) in a process of its own and prints JSON lines.
"""

from collections.abc import Sequence
from uuid import UUID

import jwt

from media.messages import instant, mint
from tests.media.link import Link
from tests.media.publisher import Publisher
from tests.media.receiver import SECRET
from tests.media.signalling import Relay, Turned
from tests.media.tally import Tally
from tests.media.viewer import Viewer

__all__ = ["SECRET", "Link", "Publisher", "Relay", "Tally", "Turned", "Viewer", "grant"]


def grant(
    room: UUID, *, person: UUID | None = None, device: str = "a phone", publish: Sequence[str] = (), watch: bool = True,
    control: bool = False, record: bool = False, edge: bool = False, seconds: int = 3600,
    secret: str = SECRET,
) -> str:  # fmt: skip
    """A token of the backend's (PROTOCOL.md §1) for a person, somebody new by default; `control` is for nobody."""
    now = instant() // 1000
    claims = {"iss": "wake", "iat": now, "exp": now + seconds, "room": str(room), "control": control, "record": record}
    claims |= {"edge": True} if edge else {}
    claims |= {"publish": list(publish), "watch": watch and not control}
    claims |= {"sub": "", "device": ""} if control else {"sub": str(person or mint()), "device": device}
    return jwt.encode(claims, secret, "HS256")
