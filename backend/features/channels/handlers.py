"""`/api/channels`."""

from litestar import Router, get

from backend.features.channels import queries
from backend.features.channels.schemas import Channel
from backend.people.principal import WakeRequest


@get("/", operation_id="channels")
async def channels(request: WakeRequest) -> list[Channel]:
    """The channels that you may publish through."""
    return await queries.channels(request.user)


router = Router("/api/channels", route_handlers=[channels], tags=["channels"])
