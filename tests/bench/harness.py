"""Measuring: CPU of the server's processes per unit of work, contenders in turn, a table and a file.

The machine is shared and its speed drifts, so contenders run in turn (A B, B A, A B …) within one run and are compared
by their medians. CPU, not wall clock: it is what a company pays for, and it is steadier.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

_SCHEDULED = 2  # CPUCLOCK_SCHED, of a process
RESULTS = Path(__file__).parent / "results"


@dataclass
class Run:
    """One measured stretch of work: seconds of CPU and of wall clock for so many units."""

    units: int = 0
    cpu: float = 0.0
    wall: float = 0.0

    @property
    def microseconds(self) -> float:
        """CPU per unit."""
        return self.cpu / self.units * 1e6


@dataclass(frozen=True)
class Figure:
    """A line of the table. `most` or `least` is the promise that it is measured against, if there is one."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def kept(self) -> bool:
        """Tell whether the promise is kept."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def promise(self) -> str:
        """Say the promise."""
        sides = (("≤", self.most), ("≥", self.least))
        return " ".join(f"{sign} {bound:g}" for sign, bound in sides if bound is not None)


@dataclass(frozen=True)
class Report:
    """What is written to results/NAME.json."""

    name: str
    title: str
    machine: str
    load: float
    figures: Sequence[Figure]
    runs: Mapping[str, Sequence[Run]] = field(default_factory=dict)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes and everything below them, with children that have ended."""
    total = 0.0
    for pid in pids:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                times = process.cpu_times()
                total += _own(process.pid, times.user + times.system) + times.children_user + times.children_system
            except (psutil.NoSuchProcess, OSError):
                continue  # ended meanwhile: its time stands in its parent's
    return total


def _own(pid: int, coarse: float) -> float:
    """Linux tells every process's time to the nanosecond (clock_getcpuclockid(3)); others in hundredths of a second."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED) if sys.platform == "linux" else coarse


@asynccontextmanager
async def measured(pids: Sequence[int], units: int = 0) -> AsyncIterator[Run]:
    """Measure what happens inside; the block may set `units` when it knows them only then."""
    run = Run(units)
    cpu, wall = cpu_seconds(pids), time.perf_counter()
    yield run
    run.cpu, run.wall = cpu_seconds(pids) - cpu, time.perf_counter() - wall


async def in_turn(contenders: Mapping[str, Callable[[], Awaitable[Run]]], rounds: int = 4) -> dict[str, list[Run]]:
    """Run all contenders `rounds` times, each round in the opposite order of the one before."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: -1 if number % 2 else 1]:
            runs[name].append(await contenders[name]())
    return runs


def median(runs: Sequence[Run]) -> float:
    """The median CPU per unit, in microseconds."""
    return statistics.median(run.microseconds for run in runs)


def ratio(runs: Sequence[Run], floor: Sequence[Run]) -> float:
    """The median over rounds of one contender's CPU per unit over another's: drift of the machine divides out."""
    return statistics.median(run.microseconds / low.microseconds for run, low in zip(runs, floor, strict=True))


def publish(name: str, title: str, figures: Sequence[Figure], runs: Mapping[str, Sequence[Run]] | None = None) -> bool:
    """Print the table, write results/NAME.json and tell whether every promise is kept."""
    report = Report(name, title, machine(), round(os.getloadavg()[0], 2), figures, runs or {})
    width = max(len(figure.name) for figure in figures)
    print(f"\n{title}\n{report.machine}")
    for figure in figures:
        mark = "" if not figure.promise else "✓" if figure.kept else "✗ BROKEN"
        print(f"  {figure.name:{width}}  {figure.value:>12,.2f} {figure.unit:<18} {figure.promise:>10} {mark}")
    sys.stdout.flush()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    return all(figure.kept for figure in figures)


def machine() -> str:
    """Say what it was measured on."""
    cpus = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in cpus.read_text().splitlines() if line.startswith("model name")
              ] if cpus.exists() else [platform.processor()]
    return f"{os.cpu_count()} × {models[0] if models else platform.machine()}, Python {platform.python_version()}"
