"""Grants that open nothing any more: a room was closed, somebody removed or unseated since they were given."""

from uuid import UUID

from media.grant import Grant
from media.messages import instant

REMEMBERED = 3_600_000
"""Milliseconds a closing, a removal or an unseating is remembered: no grant is older."""


class RoomClosed(Exception):
    """The grant is older than the room's closing."""


class Removed(Exception):
    """The grant is not younger than its bearer's removal from the room."""


class Unseated(Exception):
    """The grant is not younger than its bearer's leaving the stage: they may watch with it, not publish."""


class Revoked:
    """When what was revoked, in milliseconds since the epoch; grants are of whole seconds."""

    def __init__(self) -> None:
        self._closed: dict[UUID, int] = {}
        self._removed: dict[tuple[UUID, UUID], int] = {}
        self._unseated: dict[tuple[UUID, UUID], int] = {}

    def close(self, room: UUID) -> None:
        """All grants for `room`, but those of this very second: a room is opened anew with them."""
        self._closed[room] = instant()

    def remove(self, room: UUID, person: UUID) -> None:
        """All that `person` has for `room`."""
        self._removed[room, person] = instant()

    def unseat(self, room: UUID, person: UUID) -> None:
        """What `person` could publish with in `room`."""
        self._unseated[room, person] = instant()

    def check(self, grant: Grant, *, publishes: bool = False) -> None:
        """Raise RoomClosed, Removed or, for who publishes, Unseated."""
        if grant.iat < self._closed.get(grant.room, 0) // 1000:
            raise RoomClosed
        if grant.iat <= self._removed.get((grant.room, grant.person), -1) // 1000:
            raise Removed
        if publishes and grant.iat <= self._unseated.get((grant.room, grant.person), -1) // 1000:
            raise Unseated

    def forget(self) -> None:
        """What is so long ago that no grant is left."""
        oldest = instant() - REMEMBERED
        self._closed = {room: at for room, at in self._closed.items() if at > oldest}
        self._removed = {who: at for who, at in self._removed.items() if at > oldest}
        self._unseated = {who: at for who, at in self._unseated.items() if at > oldest}
