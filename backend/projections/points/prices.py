"""What an act pays now, for cards that promise it."""

from backend.kit import clock, db

_NOW = """
select coalesce(sum(amount), 0)::int from (
    select distinct on (code) amount from point_rule
    where verb = $1 and coalesce(object_type, $2) = $2 and account = 'learning'
        and valid_from <= $3 and (valid_to is null or $3 < valid_to)
    order by code, version desc
) rule
"""


async def price(verb: str, object_type: str) -> int:
    """Learning points for one such act under the rules in force, before caps; for `share` rules, of the whole."""
    points: int = await db.fetchval(_NOW, verb, object_type, clock.now())
    return points
