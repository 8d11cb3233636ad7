"""Who may publish through a channel."""

from uuid import UUID

from backend.kit import db
from backend.kit.ids import derived
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


async def channel_of_host(org: UUID, unit: UUID, host: UUID, emoji: str) -> UUID:
    """The channel through which a host reaches just this audience; their own name's when they have none."""
    mine = "select id from channel where org = $1 and unit = $2 and publisher = $3 order by name, id limit 1"
    known: UUID | None = await db.fetchval(mine, org, unit, host)
    if known is not None:
        return known
    fresh = derived(host, "channel", str(unit))
    await db.execute(
        """insert into channel (id, org, unit, publisher, name, emoji)
           select $1, $2, $3, id, name, $5 from employee where id = $4 on conflict (id) do nothing""",
        *(fresh, org, unit, host, emoji),
    )
    return fresh
