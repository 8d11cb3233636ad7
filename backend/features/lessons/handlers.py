"""`/api/lessons` for learners, `/api/drafts` for authors."""

from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from backend.features.lessons import authoring, queries, service
from backend.features.lessons.authoring import DraftChanged, LessonIncomplete
from backend.features.lessons.schemas import (
    CompleteLesson,
    Completion,
    Draft,
    KeepProgress,
    Lesson,
    LessonCard,
    NewLesson,
    Progress,
    PublishLesson,
    SaveDraft,
)
from backend.kit.documented import raises
from backend.kit.problems import Forbidden, NotFound
from backend.people.principal import WakeRequest
from backend.record import TraceConflict
from backend.traces.statement import Unkeepable


@get("/", operation_id="lessons")
async def lessons(request: WakeRequest) -> list[LessonCard]:
    """Lessons for you: started first, then new ones by channel, done ones last."""
    return await queries.lessons(request.user)


@get("/{lesson_id:uuid}", operation_id="lesson")
async def lesson(request: WakeRequest, lesson_id: FromPath[UUID]) -> Lesson:
    """The newest version with all its cards."""
    return await queries.lesson(request.user, lesson_id)


@put("/{lesson_id:uuid}/progress", operation_id="keepProgress", opt=raises(TraceConflict, Unkeepable))
async def keep_progress(request: WakeRequest, lesson_id: FromPath[UUID], data: JSONBody[KeepProgress]) -> Progress:
    """Keep the place and the answers so far."""
    return await service.keep_progress(request.user, lesson_id, data)


@post("/{lesson_id:uuid}/completions", operation_id="completeLesson", opt=raises(TraceConflict, Unkeepable))
async def complete(request: WakeRequest, lesson_id: FromPath[UUID], data: JSONBody[CompleteLesson]) -> Completion:
    """Complete a lesson; the server scores the answers."""
    return await service.complete(request.user, lesson_id, data)


@get("/", operation_id="drafts")
async def drafts(request: WakeRequest) -> list[Draft]:
    """The lessons of the channels that you may publish through, the last saved first."""
    return await queries.drafts(request.user)


@post("/", operation_id="newLesson", opt=raises(NotFound, Forbidden, TraceConflict))
async def new_lesson(request: WakeRequest, data: JSONBody[NewLesson]) -> Draft:
    """Begin a lesson."""
    return await authoring.new_lesson(request.user, data)


@get("/{lesson_id:uuid}", operation_id="draft", opt=raises(Forbidden))
async def draft(request: WakeRequest, lesson_id: FromPath[UUID]) -> Draft:
    """A lesson as its author sees it."""
    return await authoring.draft(request.user, lesson_id)


@put("/{lesson_id:uuid}", operation_id="saveDraft", opt=raises(Forbidden, DraftChanged))
async def save(request: WakeRequest, lesson_id: FromPath[UUID], data: JSONBody[SaveDraft]) -> Draft:
    """Save the draft; 409 `/problems/draft-changed` when somebody else saved in between."""
    return await authoring.save(request.user, lesson_id, data)


@post(
    "/{lesson_id:uuid}/publications",
    operation_id="publishLesson",
    opt=raises(Forbidden, TraceConflict, DraftChanged, LessonIncomplete),
)
async def publish(request: WakeRequest, lesson_id: FromPath[UUID], data: JSONBody[PublishLesson]) -> Draft:
    """Publish the next version; 422 `/problems/lesson-incomplete` names every card at fault."""
    return await authoring.publish(request.user, lesson_id, data)


@post("/{lesson_id:uuid}/archive", operation_id="archiveLesson", opt=raises(Forbidden))
async def archive(request: WakeRequest, lesson_id: FromPath[UUID]) -> Draft:
    """Take it out of the learners' lists."""
    return await authoring.archive(request.user, lesson_id, archived=True)


@post("/{lesson_id:uuid}/restore", operation_id="restoreLesson", opt=raises(Forbidden))
async def restore(request: WakeRequest, lesson_id: FromPath[UUID]) -> Draft:
    """Put it back into the learners' lists."""
    return await authoring.archive(request.user, lesson_id, archived=False)


router = Router(
    "/api",
    route_handlers=[
        Router("/lessons", route_handlers=[lessons, lesson, keep_progress, complete]),
        Router("/drafts", route_handlers=[drafts, new_lesson, draft, save, publish, archive, restore]),
    ],
    tags=["lessons"],
)
