"""The attendance rule: who was there, to the millisecond, from the raw record of one session.

Instants are integer milliseconds, intervals half-open. The step numbers are those of the written rule.
"""

import msgspec

from backend.projections.attendance.intervals import Interval, intersect, measure, subtract, union

POLICY_VERSION = "attendance-1"


class _Raw(msgspec.Struct, frozen=True, rename="camel"):
    pass


class Policy(_Raw, frozen=True):
    """Milliseconds: `bridge` closes blips, `grace` and `rejoin` surround our faults."""

    bridge: int = 10_000
    grace: int = 15_000
    rejoin: int = 120_000
    prompt_window: int = 60_000


class Window(_Raw, frozen=True):
    """The session: open in `[opened, closed)`, the host on air in `on_air`."""

    opened: int
    closed: int
    on_air: list[Interval]


class Stay(_Raw, frozen=True):
    """One connection of one device; without `left` it ends at its last beat."""

    device: str
    joined: int
    left: int | None
    last_beat: int


class Prompt(_Raw, frozen=True):
    """ "Still watching?" shown at an instant and answered at another, or never."""

    shown: int
    answered: int | None = None


class Record(_Raw, frozen=True):
    """One person; `acts` are instants of chat, votes and questions, `replay` is on the on-air timeline."""

    stays: list[Stay] = []
    prompts: list[Prompt] = []
    acts: list[int] = []
    replay: list[Interval] = []


class Case(_Raw, frozen=True, omit_defaults=True):
    """All that attendance is computed from; the form of the export and of the golden examples."""

    session: Window
    faults: list[Interval]
    policy: Policy
    people: dict[str, Record]
    name: str = ""


class Attendance(_Raw, frozen=True):
    """`share` is credited of on-air time in basis points, rounded down."""

    live_ms: int
    replay_ms: int
    credited_ms: int
    on_air_ms: int
    share: int


class Presence(msgspec.Struct, frozen=True):
    """Credited intervals (live, replay) inside on-air, and where an unanswered prompt stopped the clock."""

    on_air: list[Interval]
    live: list[Interval]
    replay: list[Interval]
    silent: list[Interval]


def attend(case: Case) -> dict[str, Attendance]:
    """Attendance of every person of the case (steps 6 to 8)."""
    return {person: _credit(presence(case, person)) for person in case.people}


def presence(case: Case, person: str) -> Presence:
    """Where one person was credited, and where a prompt silenced them."""
    record, session = case.people[person], case.session
    window = [(session.opened, session.closed)] if session.opened < session.closed else []
    on_air = intersect(union(session.on_air), window)
    faults = union(case.faults)
    stays = clipped_stays(record, session)
    silent = _silent(record, stays, faults, session.closed, case.policy.prompt_window)
    there = subtract(union(stays, case.policy.bridge), silent)
    for fault in intersect(faults, window):
        there = _forgive(there, fault, session.closed, case.policy)
    live = intersect(there, on_air)
    replay = subtract(intersect(union(record.replay), on_air), live)
    return Presence(on_air=on_air, live=live, replay=replay, silent=silent)


def clipped_stays(record: Record, session: Window) -> list[Interval]:
    """Step 1: each stay inside the window, in the order given, empty ones dropped."""
    ends = ((stay.joined, stay.last_beat if stay.left is None else stay.left) for stay in record.stays)
    clipped = ((max(joined, session.opened), min(end, session.closed)) for joined, end in ends if joined < end)
    return [stay for stay in clipped if stay[0] < stay[1]]


def _silent(record: Record, stays: list[Interval], faults: list[Interval], closed: int, window: int) -> list[Interval]:
    """Step 4: the spans that failed prompts take away."""
    answers = [prompt.answered for prompt in record.prompts if prompt.answered is not None]
    late = [
        prompt.answered
        for prompt in record.prompts
        if prompt.answered is not None and not prompt.shown <= prompt.answered <= prompt.shown + window
    ]
    acts = [*record.acts, *late]
    proofs = sorted([*record.acts, *answers, *(start for start, _ in stays)])
    spans = []
    for prompt in record.prompts:
        until = prompt.shown + window
        answered = prompt.answered is not None and prompt.shown <= prompt.answered <= until
        acted = any(prompt.shown <= act <= until for act in acts)
        excused = any(start <= until and prompt.shown < end for start, end in faults)
        if not (answered or acted or excused):
            spans.append((prompt.shown, next((proof for proof in proofs if proof > prompt.shown), closed)))
    return union(spans)


def _forgive(there: list[Interval], fault: Interval, closed: int, policy: Policy) -> list[Interval]:
    """Step 5 for one fault: who was there when we failed and came back (or could not) was there all along."""
    began, ended = fault
    before = [end for start, end in there if start <= began and end >= began - policy.grace]
    if not before or max(before) >= ended:
        return there
    last = max(before)
    back = [
        start
        for start, end in there
        if start > last and ((start <= ended + policy.rejoin and end > ended) or began <= start <= ended)
    ]
    if back:
        return union([*there, (last, min(back))])
    return union([*there, (last, closed)]) if ended == closed else there


def _credit(presence: Presence) -> Attendance:
    live, replay, on_air = measure(presence.live), measure(presence.replay), measure(presence.on_air)
    credited = live + replay
    share = 10_000 * credited // on_air if on_air else 0
    return Attendance(live_ms=live, replay_ms=replay, credited_ms=credited, on_air_ms=on_air, share=share)
