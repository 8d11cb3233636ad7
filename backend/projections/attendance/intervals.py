"""Sets of instants as sorted, disjoint, half-open intervals `[from, to)` of integer milliseconds."""

from collections.abc import Iterable

Interval = tuple[int, int]


def union(intervals: Iterable[Interval], bridge: int = 0) -> list[Interval]:
    """Sorted and disjoint; neighbours whose gap is at most `bridge` (0: touching ones) merge, empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(each for each in intervals if each[0] < each[1]):
        if merged and start - merged[-1][1] <= bridge:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def intersect(left: list[Interval], right: list[Interval]) -> list[Interval]:
    """What both hold. Both must be unions."""
    shared: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def subtract(left: list[Interval], right: list[Interval]) -> list[Interval]:
    """What `left` holds and `right` does not. Both must be unions."""
    kept: list[Interval] = []
    for whole_start, end in left:
        start = whole_start
        for cut_start, cut_end in right:
            if cut_end <= start or end <= cut_start:
                continue
            if start < cut_start:
                kept.append((start, cut_start))
            start = cut_end
            if end <= start:
                break
        if start < end:
            kept.append((start, end))
    return kept


def measure(intervals: list[Interval]) -> int:
    """Milliseconds that a union holds."""
    return sum(end - start for start, end in intervals)
