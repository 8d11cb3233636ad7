"""Points follow from traces: one read of the past, pure rules, one write."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from backend.kit import db
from backend.projections.points.notices import Credited
from backend.projections.points.rules import Ledger, Once, PointEntry, PointRule, credit, in_force, week_of
from backend.traces.projection import Projection, Told
from backend.traces.statement import Trace
from backend.traces.verbs import VOIDED

_RULES = "select * from point_rule"
_PAID = """
select employee, rule, day, amount
from (
    select distinct * from unnest($1::uuid[], $2::text[], $3::date[], $4::date[]) as each (employee, rule, first, last)
) as asked join point_day using (employee, rule)
where day between first and last
"""
_ONCE = """
select employee, rule, object, entry
from unnest($1::uuid[], $2::text[], $3::uuid[]) as asked (employee, rule, object)
    join point_once using (employee, rule, object)
"""
_ENTRIES = """
select {columns} from trace t join point_entry e on e.employee = t.actor and e.position = t.position
where t.id = any($1) order by e.position, e.id
"""
_REVERSED = "select reverses from point_entry where reverses = any($1)"
_WRITE = """
with entry as (
    insert into point_entry ({columns})
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::int[], $8::text[],
        $9::int[], $10::date[], $11::timestamptz[], $12::bigint[], $13::uuid[], $14::uuid[])
    returning employee, account, rule, day, amount
), daily as (
    insert into point_day as old (employee, rule, day, account, amount)
    select employee, rule, day, account, sum(amount) from entry group by 1, 2, 3, 4 order by 1, 2, 3
    on conflict (employee, rule, day) do update set amount = old.amount + excluded.amount
)
insert into point_balance as old (employee, account, amount)
select employee, account, sum(amount) from entry group by 1, 2 order by 1, 2
on conflict (employee, account) do update set amount = old.amount + excluded.amount
"""
_KEEP_ONCE = "insert into point_once select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[])"
_FREE_ONCE = "delete from point_once where entry = any($1)"

_FIELDS = PointEntry.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_QUALIFIED = ", ".join(f"e.{name}" for name in _FIELDS)


async def project(traces: Sequence[Trace]) -> Told:
    """Credit and reverse what the rules in force say."""
    rules = [PointRule(**row) for row in await db.fetch(_RULES)]
    matched = [(trace, rule) for trace in traces for rule in in_force(rules, trace)]
    voided = [trace.statement.object.id for trace in traces if trace.statement.verb == VOIDED]
    if not matched and not voided:
        return []
    entries = await _entries(voided)
    ledger = Ledger(
        paid=await _paid(matched, rules),
        once=await _once(matched),
        entries=entries,
        reversed_=[row["reverses"] for row in await db.fetch(_REVERSED, [e.id for e in entries])] if entries else [],
    )
    paid_before = set(ledger.once.values())
    added = credit(traces, rules, ledger)
    await _write(added)
    if freed := [entry.reverses for entry in added if entry.reverses]:
        await db.execute(_FREE_ONCE, freed)
    await _keep_once([(key, entry) for key, entry in ledger.once.items() if entry not in paid_before])
    return _told(added)


async def recall(traces: Sequence[Trace]) -> Told:
    """What these traces were credited with."""
    return _told(await _entries([trace.statement.id for trace in traces]))


def _told(entries: Sequence[PointEntry]) -> Told:
    return [
        (entry.trace, Credited(entry.employee, entry.account, entry.amount, entry.rule, entry.id, entry.capped))
        for entry in entries
    ]


async def _entries(traces: Sequence[UUID]) -> list[PointEntry]:
    if not traces:
        return []
    rows = await db.fetch(_ENTRIES.format(columns=_QUALIFIED), traces)
    return [PointEntry(**row) for row in rows]


async def _paid(
    matched: Sequence[tuple[Trace, PointRule]], rules: Sequence[PointRule]
) -> dict[tuple[UUID, str, date], int]:
    """What the capped rules have paid on the days, or in the weeks, that are touched."""
    weekly = {rule.code for rule in rules if rule.week_cap is not None}
    asked = [
        (trace.statement.actor, rule.code, trace.statement.day)
        for trace, rule in matched
        if rule.day_cap is not None or rule.week_cap is not None
    ]
    if not asked:
        return {}
    spans = [week_of(day) if code in weekly else (day, day) for _, code, day in asked]
    rows = await db.fetch(
        _PAID,
        [employee for employee, _, _ in asked],
        [code for _, code, _ in asked],
        [first for first, _ in spans],
        [last for _, last in spans],
    )
    return {(row["employee"], row["rule"], row["day"]): row["amount"] for row in rows}


async def _once(matched: Sequence[tuple[Trace, PointRule]]) -> dict[Once, UUID]:
    asked = [(trace.statement.actor, rule.code, trace.statement.object.id) for trace, rule in matched if rule.once]
    if not asked:
        return {}
    rows = await db.fetch(_ONCE, *(list(column) for column in zip(*asked, strict=True)))
    return {Once(row["employee"], row["rule"], row["object"]): row["entry"] for row in rows}


async def _write(entries: Sequence[PointEntry]) -> None:
    if entries:
        columns = ([getattr(entry, name) for entry in entries] for name in _FIELDS)
        await db.execute(_WRITE.format(columns=_COLUMNS), *columns)


async def _keep_once(paid: Sequence[tuple[Once, UUID]]) -> None:
    if paid:
        await db.execute(
            _KEEP_ONCE,
            [key.employee for key, _ in paid],
            [key.rule for key, _ in paid],
            [key.object for key, _ in paid],
            [entry for _, entry in paid],
        )


PROJECTION = Projection("points", ("point_entry", "point_day", "point_balance", "point_once"), project, recall)
