"""`/api/live-sessions/ID/replay` and `/watched`."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from backend.features.live.problems import RemovedFromRoom
from backend.features.replays import service
from backend.features.replays.schemas import Replay, Watched
from backend.features.replays.service import OutsideTheRecording, WatchedFasterThanTime
from backend.kit.documented import raises
from backend.people.principal import WakeRequest
from backend.record import TraceConflict
from backend.traces.statement import Unkeepable


@get("/{session_id:uuid}/replay", operation_id="replay", opt=raises(RemovedFromRoom))
async def replay(request: WakeRequest, session_id: FromPath[UUID]) -> Replay:
    """The recording of a live share, its chapters, and what I missed."""
    return await service.replay(request.user, session_id)


@post(
    "/{session_id:uuid}/watched",
    operation_id="watchedReplay",
    opt=raises(RemovedFromRoom, OutsideTheRecording, WatchedFasterThanTime, TraceConflict, Unkeepable),
    status_code=204,
)
async def watched(request: WakeRequest, session_id: FromPath[UUID], data: JSONBody[Watched]) -> None:
    """I watched this part of the recording."""
    await service.watched(request.user, session_id, data)


router = Router("/api/live-sessions", route_handlers=[replay, watched], tags=["replays"])
