"""`/api/check-ins`, and the question of the day."""

from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from backend.features.checkins import questions, service, status
from backend.features.checkins.questions import DayIsOver, QuestionUnclear
from backend.features.checkins.schemas import AskQuestion, CheckIn, CheckInStatus, CheckInToday, Question
from backend.kit.documented import raises
from backend.kit.problems import Forbidden
from backend.people.principal import WakeRequest
from backend.record import TraceConflict
from backend.traces.statement import Unkeepable


@get("/check-ins/today", operation_id="checkInStatus")
async def check_in_status(request: WakeRequest) -> CheckInStatus:
    """Today's card."""
    return await status.today(request.user)


@post("/check-ins", operation_id="checkIn", opt=raises(TraceConflict, Unkeepable))
async def check_in(request: WakeRequest, data: JSONBody[CheckInToday]) -> CheckIn:
    """Check in for today, or for the day on which an offline phone was tapped."""
    return await service.check_in(request.user, data)


@put(
    "/channels/{channel_id:uuid}/question",
    operation_id="askQuestion",
    opt=raises(Forbidden, DayIsOver, QuestionUnclear),
)
async def ask_question(request: WakeRequest, channel_id: FromPath[UUID], data: JSONBody[AskQuestion]) -> Question:
    """Set a channel's question for a day."""
    return await questions.ask(request.user, channel_id, data)


router = Router("/api", route_handlers=[check_in_status, check_in, ask_question], tags=["check-ins"])
