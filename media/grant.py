"""The grant: a JWT (RFC 7519) in which the backend says what its bearer may do in one room (PROTOCOL.md §1)."""

import re
from typing import Annotated, Literal
from uuid import UUID

import jwt
import msgspec

Seat = Literal["host", "screen", "guest-1", "guest-2", "guest-3"]
SEATS: tuple[Seat, ...] = ("host", "screen", "guest-1", "guest-2", "guest-3")
PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Refused(Exception):
    """The token is malformed, expired, foreign or incomplete; the sentence says which, for the 401's detail."""


class Grant(msgspec.Struct, frozen=True):
    """What the bearer may do until `exp` (seconds since the epoch).

    One with `control` is the backend's own, one with `edge` another relay's of the fleet, named by `device`.
    """

    iss: Literal["wake"]
    exp: int
    iat: int
    room: UUID
    sub: str = ""
    device: Annotated[str, msgspec.Meta(max_length=64)] = ""
    publish: tuple[Seat, ...] = ()
    watch: bool = False
    control: bool = False
    record: bool = False
    edge: bool = False

    @property
    def person(self) -> UUID:
        """The employee. Raises ValueError for a backend's own grant, which nobody can sit in a room with."""
        return UUID(self.sub)


def read(token: str, secret: str) -> Grant:
    """The grant in `token`, an HS256 JWT signed with `secret` (RFC 7515). Raises Refused."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], issuer="wake", options={"require": ["exp", "iat"]})
        grant = msgspec.convert(claims, Grant)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as fault:
        raise Refused(str(fault)) from fault
    if not grant.control and not (PERSON.fullmatch(grant.sub) and grant.device):
        raise Refused("the grant names no person and device")
    return grant
