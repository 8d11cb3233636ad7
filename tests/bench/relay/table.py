"""A table with a column for each contender, kept part by part in results/relay.json."""

import os
from collections.abc import Sequence

import msgspec

from tests.bench.harness import RESULTS, machine

OURS = ("ours Python", "ours C")
COLUMNS = (*OURS, "mediasoup", "Janus", "aiortc", "limit")
_FILE = RESULTS / "relay.json"
_NAME, _CELL = 44, 12


class Row(msgspec.Struct):
    """A figure: `cells` by contender. `most` and `least` are what contenders promise; `notes` say what limits one."""

    name: str
    unit: str
    cells: dict[str, float]
    most: dict[str, float] = {}
    least: dict[str, float] = {}
    notes: list[str] = []

    @property
    def verdict(self) -> str:
        """Whether the promises are kept; empty when there are none."""
        promised = self.most.keys() | self.least.keys()
        if promised - self.cells.keys():
            return "not measured"
        high = any(self.cells[name] > bound for name, bound in self.most.items())
        low = any(self.cells[name] < bound for name, bound in self.least.items())
        return "MISSED" if high or low else "ok" if promised else ""

    @property
    def must(self) -> str:
        """The promises: of the one in Python, then of the one in C."""
        sides = [f"{sign} {bounds[name]:g}" for sign, bounds in (("≤", self.most), ("≥", self.least))
                 for name in OURS if name in bounds]  # fmt: skip
        return " / ".join(dict.fromkeys(sides))


class Part(msgspec.Struct):
    """What was measured in one go, all contenders under the same conditions. `absent` says who could not be had."""

    rows: list[Row]
    machine: str
    load: float
    absent: dict[str, str] = {}


def keep(name: str, rows: Sequence[Row], absent: dict[str, str]) -> dict[str, Part]:
    """Write a part into the file, beside the others: all of them."""
    parts = msgspec.json.decode(_FILE.read_bytes(), type=dict[str, Part]) if _FILE.exists() else {}
    parts[name] = Part(list(rows), machine(), round(os.getloadavg()[0], 2), absent)
    RESULTS.mkdir(exist_ok=True)
    _FILE.write_bytes(msgspec.json.format(msgspec.json.encode(parts)) + b"\n")
    return parts


def show(parts: dict[str, Part]) -> bool:
    """Print the table; whether every promise of it is kept."""
    head = "".join(f"{name:>{_CELL}}" for name in COLUMNS)
    print(f"{'':{_NAME}}{head}  {'must':<16}", flush=True)
    for part in parts.values():
        for row in part.rows:
            cells = "".join(f"{_cell(row, name):>{_CELL}}" for name in COLUMNS)
            print(f"{f'{row.name}, {row.unit}':{_NAME}}{cells}  {row.must:<16} {row.verdict}")
            for note in row.notes:
                print(f"    {note}")
        for name, why in part.absent.items():
            print(f"    {name} is absent: {why}")
    return all(row.verdict in ("", "ok") for part in parts.values() for row in part.rows)


def _cell(row: Row, name: str) -> str:
    return f"{row.cells[name]:,.2f}" if name in row.cells else "—"
