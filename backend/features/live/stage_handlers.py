"""`/api/live-sessions/ID/hand`, `/stage` and `/cohosts`."""

from uuid import UUID

from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from backend.features.live import cohosts, stage
from backend.features.live.problems import NotInvited, RemovedFromRoom, RoomNotOpen, StageFull
from backend.features.live.schemas import MySeat, StageMember, StageMembers, TakeSeat
from backend.kit.documented import raises
from backend.kit.problems import Forbidden, TooMany
from backend.people.principal import WakeRequest


@put("/hand", operation_id="raiseHand", opt=raises(RemovedFromRoom, RoomNotOpen, Forbidden, TooMany), status_code=204)
async def raise_hand(request: WakeRequest, session_id: FromPath[UUID]) -> None:
    """I should like to speak."""
    await stage.raise_hand(request.user, session_id)


@get("/stage", operation_id="stage", opt=raises(RemovedFromRoom))
async def members(request: WakeRequest, session_id: FromPath[UUID]) -> StageMembers:
    """Who is on the stage, who is invited, who has raised a hand."""
    return await stage.members(request.user, session_id)


@put("/stage/me", operation_id="takeSeat", opt=raises(RemovedFromRoom, RoomNotOpen, NotInvited, StageFull))
async def take_seat(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[TakeSeat]) -> StageMember:
    """I come up; `join` then brings the grant to publish with."""
    return await stage.accept(request.user, session_id, microphone=data.microphone)


@patch("/stage/me", operation_id="changeMySeat", opt=raises(RemovedFromRoom), status_code=204)
async def change_seat(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[MySeat]) -> None:
    """My microphone is on, or off."""
    await stage.say_microphone(request.user, session_id, on=data.microphone)


@delete("/stage/me", operation_id="leaveStage", opt=raises(RemovedFromRoom))
async def leave(request: WakeRequest, session_id: FromPath[UUID]) -> None:
    """I take my hand down, decline, or leave the stage."""
    await stage.step_down(request.user, session_id)


@put(
    "/stage/{person:uuid}", operation_id="inviteToStage", opt=raises(Forbidden, RoomNotOpen, StageFull), status_code=204
)
async def invite(request: WakeRequest, session_id: FromPath[UUID], person: FromPath[UUID]) -> None:
    """Ask somebody to come up."""
    await stage.invite(request.user, session_id, person)


@delete("/stage/{person:uuid}", operation_id="bringDown", opt=raises(Forbidden))
async def bring_down(request: WakeRequest, session_id: FromPath[UUID], person: FromPath[UUID]) -> None:
    """Take somebody off the stage, their invitation back, or their hand down."""
    await stage.bring_down(request.user, session_id, person)


@post("/stage/{person:uuid}/mute", operation_id="askToMute", opt=raises(Forbidden), status_code=204)
async def mute(request: WakeRequest, session_id: FromPath[UUID], person: FromPath[UUID]) -> None:
    """Ask a guest to mute; their app does, and they may speak again."""
    await stage.ask_silence(request.user, session_id, person)


@put("/cohosts/{person:uuid}", operation_id="nameCohost", opt=raises(Forbidden), status_code=204)
async def name_cohost(request: WakeRequest, session_id: FromPath[UUID], person: FromPath[UUID]) -> None:
    """Let somebody lead the room with me."""
    await cohosts.name(request.user, session_id, person)


@delete("/cohosts/{person:uuid}", operation_id="dismissCohost", opt=raises(Forbidden))
async def dismiss_cohost(request: WakeRequest, session_id: FromPath[UUID], person: FromPath[UUID]) -> None:
    """Let them lead it no more."""
    await cohosts.dismiss(request.user, session_id, person)


router = Router(
    "/api/live-sessions/{session_id:uuid}",
    tags=["live"],
    route_handlers=[
        raise_hand, members, take_seat, change_seat, leave, invite, bring_down, mute, name_cohost, dismiss_cohost,
    ],
)  # fmt: skip
