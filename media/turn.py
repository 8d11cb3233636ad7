"""TURN servers (RFC 8656) named to browsers, with credentials that end by themselves (draft-uberti-behave-turn-rest).

A server that knows the same secret (coturn: `--use-auth-secret`) needs no list of users: a name is the second its
credential ends and whose it is, the password is that name's HMAC-SHA1.
"""

import base64
import hmac
from typing import NamedTuple
from uuid import UUID

LIFE = 3600
"""Seconds a credential opens new allocations; one that is open goes on."""
SCHEMES = ("stun:", "stuns:", "turn:", "turns:")


class Turn(NamedTuple):
    """`urls` as RFC 7064 and RFC 7065 write them; `secret` is shared with the servers."""

    urls: tuple[str, ...]
    secret: str

    def links(self, person: UUID, now: int) -> str:
        """The value of a `Link` header (RFC 8288, RFC 9725 §4.6); `now` in seconds since the epoch."""
        name = f"{now + LIFE}:{person}"
        password = base64.b64encode(hmac.digest(self.secret.encode(), name.encode(), "sha1")).decode()
        credential = f'; username="{name}"; credential="{password}"; credential-type="password"'
        return ", ".join(
            f'<{url}>; rel="ice-server"{credential if url.startswith("turn") else ""}' for url in self.urls
        )
