"""A second, deliberately naive model of attendance: sets of milliseconds, nothing shared with the rule."""

from hypothesis import strategies as st

from backend.projections.attendance.rules import Attendance, Case, Policy, Prompt, Record, Stay, Window

HORIZON = 60


def modelled(case: Case) -> dict[str, Attendance]:
    return {name: _modelled(case, record) for name, record in case.people.items()}


def _span(pairs: list[tuple[int, int]]) -> set[int]:
    return {instant for start, end in pairs for instant in range(start, end)}


def _runs(instants: set[int]) -> list[tuple[int, int]]:
    starts = sorted(i for i in instants if i - 1 not in instants)
    ends = sorted(i + 1 for i in instants if i + 1 not in instants)
    return list(zip(starts, ends, strict=True))


def _modelled(case: Case, record: Record) -> Attendance:
    window = set(range(case.session.opened, case.session.closed))
    on_air = _span(case.session.on_air) & window
    there, starts = set[int](), list[int]()
    for stay in record.stays:
        seconds = set(range(stay.joined, stay.last_beat if stay.left is None else stay.left)) & window
        there |= seconds
        starts += [min(seconds)] if seconds else []
    for (_, end), (start, _) in list(zip(_runs(there), _runs(there)[1:], strict=False)):
        if start - end <= case.policy.bridge:
            there |= set(range(end, start))
    there -= _unproven(case, record, starts)
    for fault in _runs(_span(case.faults) & window):
        there |= _forgiven(case, there, *fault)
    live = there & on_air
    replay = (_span(record.replay) & on_air) - live
    credited = len(live) + len(replay)
    return Attendance(
        live_ms=len(live),
        replay_ms=len(replay),
        credited_ms=credited,
        on_air_ms=len(on_air),
        share=int(10_000 * credited / len(on_air) + 1e-9) if on_air else 0,
    )


def _unproven(case: Case, record: Record, starts: list[int]) -> set[int]:
    failing = _span(case.faults)
    removed = set[int]()
    for prompt in record.prompts:
        allowed = range(prompt.shown, prompt.shown + case.policy.prompt_window + 1)
        strays = [
            p.answered
            for p in record.prompts
            if p.answered is not None and p.answered not in range(p.shown, p.shown + case.policy.prompt_window + 1)
        ]
        if prompt.answered in allowed or failing & set(allowed) or any(a in allowed for a in record.acts + strays):
            continue
        signs = [*record.acts, *starts, *(p.answered for p in record.prompts if p.answered is not None)]
        removed |= set(range(prompt.shown, min([s for s in signs if s > prompt.shown], default=case.session.closed)))
    return removed


def _forgiven(case: Case, there: set[int], began: int, ended: int) -> set[int]:
    present = [run for run in _runs(there) if run[0] <= began and run[1] >= began - case.policy.grace]
    if not present:
        return set()
    last = max(end for _, end in present)
    for instant in range(last + 1, ended + case.policy.rejoin + 1):
        if instant in there and instant - 1 not in there:
            stays_on = next(end for start, end in _runs(there) if start == instant)
            if stays_on > ended or began <= instant <= ended:
                return set(range(last, instant)) if last < ended else set()
    return set(range(last, case.session.closed)) if ended == case.session.closed else set()


_instants = st.integers(0, HORIZON)
_spans = st.lists(st.tuples(_instants, _instants), max_size=4)
_stays = st.lists(
    st.builds(Stay, device=st.sampled_from("ab"), joined=_instants, left=st.none() | _instants, last_beat=_instants),
    max_size=5,
)
_records = st.builds(
    Record,
    stays=_stays,
    prompts=st.lists(st.builds(Prompt, shown=_instants, answered=st.none() | _instants), max_size=3),
    acts=st.lists(_instants, max_size=3),
    replay=_spans,
)
_small = st.integers(0, 6)


def cases() -> st.SearchStrategy[Case]:
    """Small sessions, dense with edges: every instant within 60 ms, policies of 0 to 6 ms."""
    return st.builds(
        Case,
        session=st.builds(Window, opened=st.integers(0, 10), closed=st.integers(40, HORIZON), on_air=_spans),
        faults=_spans,
        policy=st.builds(Policy, bridge=_small, grace=_small, rejoin=_small, prompt_window=_small),
        people=st.dictionaries(st.sampled_from("xy"), _records, min_size=1, max_size=2),
    )
