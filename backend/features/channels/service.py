"""Who may publish through a channel."""

from uuid import UUID

from backend.kit import db
from backend.kit.problems import Forbidden, NotFound
from backend.people.access import holds_on_path
from backend.people.principal import Principal


async def require_publisher(principal: Principal, channel: UUID) -> None:
    """Raise NotFound for a channel of another org, Forbidden for one that is not theirs to publish through."""
    row = await db.fetchrow(
        "select c.publisher, u.path from channel c join unit u on u.id = c.unit where c.id = $1 and c.org = $2",
        channel,
        principal.org,
    )
    if row is None:
        raise NotFound
    if row["publisher"] != principal.employee and not holds_on_path(principal, "publisher", row["path"]):
        raise Forbidden
