"""Why on-air time was not credited: the gaps of one person, each with its reason."""

from typing import Literal

import msgspec

from backend.projections.attendance.intervals import Interval, intersect, subtract, union
from backend.projections.attendance.rules import Case, clipped_stays, presence

Why = Literal["late", "left", "network", "prompt", "away"]


class Gap(msgspec.Struct, frozen=True):
    """On-air time without credit, `[start, end)` in milliseconds of the case's own clock."""

    start: int
    end: int
    why: Why


class Explanation(msgspec.Struct, frozen=True):
    """Credited intervals (live and replay together) and the gaps; both together are exactly the on-air time."""

    present: list[Interval]
    gaps: list[Gap]


def explain(case: Case, person: str) -> Explanation:
    """`late` before the first stay, `left` after the last, `network` between; `prompt` unanswered; `away` always."""
    seen = presence(case, person)
    present = union([*seen.live, *seen.replay])
    missing = subtract(seen.on_air, present)
    gaps = [Gap(start, end, "prompt") for start, end in intersect(missing, seen.silent)]
    for start, end, why in _absences(case, person):
        gaps += [Gap(*span, why) for span in intersect(subtract(missing, seen.silent), [(start, end)])]
    return Explanation(present=present, gaps=sorted(gaps, key=lambda gap: gap.start))


def _absences(case: Case, person: str) -> list[tuple[int, int, Why]]:
    session = case.session
    stays = clipped_stays(case.people[person], session)
    if not stays:
        return [(session.opened, session.closed, "away")]
    first, last = min(start for start, _ in stays), max(end for _, end in stays)
    return [
        (session.opened, first, "late"),
        (first, last, "network"),
        (last, session.closed, "left"),
    ]
