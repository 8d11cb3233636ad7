"""What an act is worth: dated rules, their caps, and the entries that follow. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from backend.kit.ids import derived
from backend.projections.points.notices import Account
from backend.traces.statement import Statement, Trace
from backend.traces.verbs import VOIDED

_BASIS_POINTS = 10_000

Per = Literal["act", "share", "minute"]


class PointRule(msgspec.Struct, frozen=True):
    """One version of a rule, in force for traces stored in `[valid_from, valid_to)`.

    `per` act: the amount; share: the amount times the result's `share` (basis points), rounded down; minute: the
    amount times the result's `minutes`. `once`: only once per object. Caps are points per local day and ISO week.
    """

    code: str
    version: int
    verb: str
    object_type: str | None
    account: Account
    amount: int
    per: Per
    once: bool
    day_cap: int | None
    week_cap: int | None
    valid_from: datetime
    valid_to: datetime | None


class PointEntry(msgspec.Struct, frozen=True, gc=False):
    """A line of an account. Entries are never edited: `reverses` names the one that this takes back."""

    id: UUID
    trace: UUID
    org: UUID
    employee: UUID
    account: Account
    amount: int
    capped: int
    rule: str
    version: int
    day: date
    stored: datetime
    position: int
    reverses: UUID | None
    object: UUID


class Once(msgspec.Struct, frozen=True, gc=False):
    """That a rule has paid for an object."""

    employee: UUID
    rule: str
    object: UUID


class Ledger:
    """What the rules have to know of the past, and what they add to it.

    `paid` points by employee, rule and day; `once` objects that were paid for, by which entry; `entries` of those
    traces that are voided now, and the ids of those among them that were `taken_back` before.
    """

    def __init__(
        self,
        paid: dict[tuple[UUID, str, date], int],
        once: dict[Once, UUID],
        entries: Sequence[PointEntry],
        taken_back: Iterable[UUID],
    ) -> None:
        self.paid = defaultdict(int, paid)
        self.once = once
        self.added: list[PointEntry] = []
        self._entries = entries
        self._taken_back = set(taken_back)

    def add(self, entry: PointEntry) -> None:
        self.added.append(entry)
        self.paid[entry.employee, entry.rule, entry.day] += entry.amount

    def take_back(self, trace: UUID) -> Iterator[PointEntry]:
        """The entries of a trace that stand; from now on they do not."""
        for entry in (*self._entries, *self.added):
            if entry.trace == trace and entry.reverses is None and entry.id not in self._taken_back:
                self._taken_back.add(entry.id)
                self.once.pop(Once(entry.employee, entry.rule, entry.object), None)
                yield entry


class Rulebook:
    """All versions of all rules."""

    def __init__(self, rules: Sequence[PointRule]) -> None:
        self._rules = sorted(rules, key=lambda rule: (rule.code, rule.version))
        self._found: dict[tuple[str, str, datetime], list[PointRule]] = {}

    def of(self, trace: Trace) -> list[PointRule]:
        """The rules that pay for a trace: of each that fits, the newest version in force when it was stored."""
        statement, stored = trace.statement, trace.stored
        key = statement.verb, statement.object.type, stored
        if key not in self._found:
            fitting = (rule for rule in self._rules if _fits(rule, statement) and _in_force(rule, stored))
            self._found[key] = list({rule.code: rule for rule in fitting}.values())
        return self._found[key]


def _fits(rule: PointRule, statement: Statement) -> bool:
    return rule.verb == statement.verb and rule.object_type in {None, statement.object.type}


def _in_force(rule: PointRule, stored: datetime) -> bool:
    return rule.valid_from <= stored and (rule.valid_to is None or stored < rule.valid_to)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def worth(rule: PointRule, statement: Statement) -> int:
    """Points before caps; 0 when the result does not say what the rule needs."""
    if rule.per == "act":
        return rule.amount
    told = statement.result.extensions if statement.result else {}
    if rule.per == "share":
        return rule.amount * _count(told.get("share")) // _BASIS_POINTS
    return rule.amount * _count(told.get("minutes"))


def _count(value: object) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def credit(traces: Sequence[Trace], rules: Rulebook, ledger: Ledger) -> list[PointEntry]:
    """The entries that follow from traces in the order of the log, one after the other."""
    for trace in traces:
        if trace.statement.verb == VOIDED:
            _reverse(trace, ledger)
        elif trace.statement.actor is not None:
            for rule in rules.of(trace):
                _pay(trace, trace.statement.actor, rule, ledger)
    return ledger.added


def _pay(trace: Trace, employee: UUID, rule: PointRule, ledger: Ledger) -> None:
    statement = trace.statement
    key = Once(employee, rule.code, statement.object.id)
    if rule.once and key in ledger.once:
        return
    due = worth(rule, statement)
    amount = min([due, *_room(rule, employee, statement.day, ledger)])
    if amount <= 0:
        return
    entry = PointEntry(
        id=derived(statement.id, rule.code),
        trace=statement.id,
        org=statement.org,
        employee=employee,
        account=rule.account,
        amount=amount,
        capped=due - amount,
        rule=rule.code,
        version=rule.version,
        day=statement.day,
        stored=trace.stored,
        position=trace.position,
        reverses=None,
        object=statement.object.id,
    )
    if rule.once:
        ledger.once[key] = entry.id
    ledger.add(entry)


def _room(rule: PointRule, employee: UUID, day: date, ledger: Ledger) -> Iterator[int]:
    """What each of the rule's caps leaves."""
    if rule.day_cap is not None:
        yield rule.day_cap - ledger.paid[employee, rule.code, day]
    if rule.week_cap is not None:
        monday, _ = week_of(day)
        yield rule.week_cap - sum(ledger.paid[employee, rule.code, monday + timedelta(days=n)] for n in range(7))


def _reverse(trace: Trace, ledger: Ledger) -> None:
    """Take back what a voided trace was credited with; its day's cap and its object are free again."""
    for entry in list(ledger.take_back(trace.statement.object.id)):
        ledger.add(
            msgspec.structs.replace(
                entry,
                id=derived(trace.statement.id, str(entry.id)),
                trace=trace.statement.id,
                amount=-entry.amount,
                capped=0,
                stored=trace.stored,
                position=trace.position,
                reverses=entry.id,
            )
        )
