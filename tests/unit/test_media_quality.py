"""Which layer is chosen after which history of reports."""

from collections.abc import Iterable
from itertools import pairwise

from media.quality import CLIMB, Chooser, Line

RATES = [120_000, 400_000, 1_200_000]
GOOD = Line(200, 2)


def history(
    chooser: Chooser, lines: Iterable[Line], begin: float = 0.0, rates: list[int] | None = None
) -> list[int | None]:
    """What is chosen after each second."""
    rates = RATES if rates is None else rates
    return [chooser.choose(rates, line, begin + second) for second, line in enumerate(lines, 1)]


def test_a_good_line_has_the_best() -> None:
    assert set(history(Chooser(0.0), [GOOD] * 60)) == {2}


def test_ten_percent_of_loss_are_repaired_and_no_reason_for_less() -> None:
    assert set(history(Chooser(0.0), [Line(200, 20 + second % 5 * 3) for second in range(60)])) == {2}


def test_a_single_bad_second_changes_nothing() -> None:
    assert set(history(Chooser(0.0), [GOOD] * 5 + [Line(200, 90)] + [GOOD] * 5)) == {2}


def test_an_estimate_that_falls_leads_at_once_to_what_fits() -> None:
    lines = [Line(200, 5, 1_600_000)] * 5 + [Line(200, 10, 210_000)] * 3
    assert history(Chooser(0.0), lines)[-1] == 0


def test_an_estimate_that_rises_from_below_is_no_reason_for_less() -> None:
    lines = [Line(200, 0, round(150_000 * 1.08**second)) for second in range(30)]
    assert set(history(Chooser(0.0), lines)) == {2}


def test_less_than_120_kbps_is_sound_only_and_back_when_the_line_is() -> None:
    chooser = Chooser(0.0)
    assert history(chooser, [Line(200, 100, 1_000_000), *[Line(200, 100, 90_000)] * 7])[-1] is None
    sound = [Line(250, 0) if second % 5 == 0 else Line() for second in range(30)]  # a report of sound every 5 s
    chosen = history(chooser, sound, 8.0)
    assert chosen[0] is None
    assert chosen[-1] is not None


def test_without_layers_only_a_line_below_120_kbps_loses_the_picture() -> None:
    assert set(history(Chooser(0.0), [Line(200, 60, 500_000)] * 30, rates=[1_500_000])) == {0}
    falling = [Line(200, 60, 500_000), *[Line(200, 60, 100_000)] * 8]
    assert history(Chooser(0.0), falling, rates=[1_500_000])[-1] is None


def test_a_still_picture_of_few_bits_is_not_taken_for_a_narrow_line() -> None:
    assert set(history(Chooser(0.0), [Line(30, 0, 80_000)] * 2 + [Line(30, 0, 60_000)] * 20, rates=[40_000])) == {0}


def test_each_climb_that_fails_makes_the_next_one_wait_twice_as_long() -> None:
    chooser, now = Chooser(0.0), 0.0
    climbs: list[float] = []
    before: int | None = 2
    for _ in range(120):
        now += 1
        line = Line(200, 100) if before == 2 else GOOD
        chosen = chooser.choose(RATES, line, now)
        if before == 1 and chosen == 2:
            climbs.append(now)
        before = chosen
    waits = [then - first for first, then in pairwise(climbs)]  # with the seconds until it falls again
    assert waits == sorted(waits)
    assert waits[0] >= CLIMB
    assert waits[-1] > 1.5 * waits[0]


def test_a_wish_is_a_command_and_more_layers_leave_who_had_the_best_there() -> None:
    chooser = Chooser(0.0)
    chooser.wish = "low"
    assert history(chooser, [GOOD] * 20) == [0] * 20
    chooser.wish = "none"
    assert history(chooser, [GOOD] * 20) == [None] * 20
    chooser.wish = "auto"
    assert chooser.choose([900_000], GOOD, 30.0) == 0
    assert chooser.choose(RATES, GOOD, 31.0) == 2
