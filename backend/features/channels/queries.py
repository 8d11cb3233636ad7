"""Reads of channels, for the slices that publish."""

from backend.features.channels.schemas import Channel
from backend.kit import db
from backend.people.access import granted
from backend.people.principal import Principal

_MINE = """
select c.id, c.name, c.emoji, c.unit, u.name unit_name, e.name publisher,
    (select count(*) from employee r join unit ru on ru.id = r.unit
     where ru.org = c.org and c.unit = any(ru.path) and r.status <> 'left') reach
from channel c join unit u on u.id = c.unit join employee e on e.id = c.publisher
where c.org = $1 and (c.publisher = $2 or u.path && $3::uuid[])
order by c.name, c.id
"""


async def channels(principal: Principal) -> list[Channel]:
    """The channels that this person may publish through: their own, and all of the units that they publish for."""
    rows = await db.fetch(_MINE, principal.org, principal.employee, granted(principal, "publisher"))
    return [Channel(**row) for row in rows]
