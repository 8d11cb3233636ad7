"""`/api/live-sessions/{id}/attendance`: who was there, when not, and why."""

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from backend.kit.documented import raises
from backend.kit.problems import Forbidden
from backend.people.principal import WakeRequest
from backend.reports import attendance
from backend.reports.schemas import AttendanceReport


@get("/", operation_id="attendance", opt=raises(Forbidden))
async def everybody(request: WakeRequest, session_id: FromPath[UUID]) -> AttendanceReport:
    """Everybody's attendance, for the host and for managers."""
    return await attendance.everybody(request.user, session_id)


@get("/mine", operation_id="myAttendance")
async def mine(request: WakeRequest, session_id: FromPath[UUID]) -> AttendanceReport:
    """My own attendance."""
    return await attendance.mine(request.user, session_id)


router = Router(
    "/api/live-sessions/{session_id:uuid}/attendance", route_handlers=[everybody, mine], tags=["attendance"]
)
