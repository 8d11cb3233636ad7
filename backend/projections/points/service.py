"""Points follow from traces: one read of the past, pure rules, one write."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import astuple

from backend.kit import db
from backend.projections.points.notices import Account, Credited
from backend.projections.points.rules import Ledger, Once, PointEntry, PointRule, Rulebook, credit, week_of
from backend.traces.projection import Projection, Told
from backend.traces.statement import Trace
from backend.traces.verbs import VOIDED

_RULES = "select * from point_rule"
_PAID = f"""
select employee, rule, day, amount
from (
    select distinct * from {db.unnest("uuid text date date")} as each (employee, rule, first, last)
) as asked join point_day using (employee, rule)
where day between first and last
"""
_ONCE = f"""
select employee, rule, object, entry
from {db.unnest("uuid text uuid")} as asked (employee, rule, object)
    join point_once using (employee, rule, object)
"""
_ENTRIES = """
select {columns} from trace t join point_entry e on e.employee = t.actor and e.position = t.position
where t.id = any($1) order by e.position, e.id
"""
_REVERSED = "select reverses from point_entry where reverses = any($1)"
_ADD = f"""
with daily as (
    insert into point_day as old (employee, rule, day, account, amount)
    select * from {db.unnest("uuid text date text bigint")}
    on conflict (employee, rule, day) do update set amount = old.amount + excluded.amount
)
insert into point_balance as old (employee, account, amount)
select * from {db.unnest("uuid text bigint", 6)}
on conflict (employee, account) do update set amount = old.amount + excluded.amount
"""
_FREE_ONCE = f"""
delete from point_once using {db.unnest("uuid text uuid uuid")} as gone (employee, rule, object, entry)
where point_once.employee = gone.employee and point_once.rule = gone.rule and point_once.object = gone.object
    and point_once.entry = gone.entry
"""

_QUALIFIED = ", ".join(f"e.{name}" for name in PointEntry.__struct_fields__)


async def project(traces: Sequence[Trace]) -> Told:
    """Credit and reverse what the rules in force say."""
    rules = Rulebook([PointRule(**row) for row in await db.fetch(_RULES)])
    matched = [(trace, rule) for trace in traces for rule in rules.of(trace)]
    voided = [trace.statement.object.id for trace in traces if trace.statement.verb == VOIDED]
    if not matched and not voided:
        return []
    entries = await _entries(voided)
    ledger = Ledger(
        paid=await _paid(matched),
        once=await _once(matched),
        entries=entries,
        taken_back=[row["reverses"] for row in await db.fetch(_REVERSED, [e.id for e in entries])] if entries else [],
    )
    paid_before = set(ledger.once.values())
    added = credit(traces, rules, ledger)
    await _write(added)
    if freed := [(entry.employee, entry.rule, entry.object, entry.reverses) for entry in added if entry.reverses]:
        await db.execute(_FREE_ONCE, *db.arrays(freed))
    fresh = [(*astuple(key), entry) for key, entry in ledger.once.items() if entry not in paid_before]
    await db.copy("point_once", ("employee", "rule", "object", "entry"), fresh)
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


async def _paid(matched: Sequence[tuple[Trace, PointRule]]) -> dict[tuple[UUID, str, date], int]:
    """What the capped rules have paid on the days, or in the weeks, that are touched."""
    asked = [
        (trace.statement.actor, rule.code, *_span(rule, trace.statement.day))
        for trace, rule in matched
        if rule.day_cap is not None or rule.week_cap is not None
    ]
    if not asked:
        return {}
    rows = await db.fetch(_PAID, *db.arrays(asked))
    return {(row["employee"], row["rule"], row["day"]): row["amount"] for row in rows}


def _span(rule: PointRule, day: date) -> tuple[date, date]:
    return (day, day) if rule.week_cap is None else week_of(day)


async def _once(matched: Sequence[tuple[Trace, PointRule]]) -> dict[Once, UUID]:
    asked = [(trace.statement.actor, rule.code, trace.statement.object.id) for trace, rule in matched if rule.once]
    if not asked:
        return {}
    rows = await db.fetch(_ONCE, *db.arrays(asked))
    return {Once(row["employee"], row["rule"], row["object"]): row["entry"] for row in rows}


async def _write(entries: Sequence[PointEntry]) -> None:
    """Append the entries and add them to the sums; rows in the order of their keys, so that nobody deadlocks."""
    if not entries:
        return
    days, balances = defaultdict[tuple[UUID, str, date, Account], int](int), defaultdict[tuple[UUID, Account], int](int)
    for entry in entries:
        days[entry.employee, entry.rule, entry.day, entry.account] += entry.amount
        balances[entry.employee, entry.account] += entry.amount
    await db.copy("point_entry", PointEntry.__struct_fields__, [astuple(entry) for entry in entries])
    daily, total = ([(*key, amount) for key, amount in sums.items()] for sums in (days, balances))
    await db.execute(_ADD, *db.arrays(daily), *db.arrays(total))


PROJECTION = Projection("points", ("point_entry", "point_day", "point_balance", "point_once"), project, recall)
