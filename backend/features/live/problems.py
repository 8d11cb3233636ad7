"""What a live session can refuse."""

from backend.kit.problems import Problem


class RoomNotOpen(Problem):
    """The room opens half an hour before the start and closes at the end."""

    status = 409
    title = "The room is not open now"


class SessionAlreadyStarted(Problem):
    status = 409
    title = "The live session has started and cannot be changed any more"


class SessionNotStarted(Problem):
    status = 409
    title = "The live session has not started"


class SessionOver(Problem):
    status = 409
    title = "The live session is over"


class ChatClosed(Problem):
    status = 409
    title = "The chat is closed"


class RemovedFromRoom(Problem):
    status = 403
    title = "The host has removed you from this room"


class NotInvited(Problem):
    """Nobody goes on the stage uninvited, and an invitation may have been taken back."""

    status = 409
    title = "You are not invited to the stage now"


class StageFull(Problem):
    """Three guests at most."""

    status = 409
    title = "The stage is full"


class BadSignature(Problem):
    """A webhook that is not the relay's, or older than five minutes."""

    status = 401
    title = "The signature is not the relay's"
