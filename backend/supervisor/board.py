"""What the supervisor tells: one line per happening on the terminal, and parts.json for machines."""

import contextlib
from pathlib import Path

import msgspec


class Line(msgspec.Struct):
    """One part: `state` is starting, up, waiting (for its next start) or stopped.

    `restarts` counts since the supervisor began; `pid` is that of the latest start.
    """

    pid: int
    state: str
    restarts: int


class Board:
    """The states of all parts, by name, kept in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, Line] = {}

    def say(self, text: str) -> None:
        """Print one line; a terminal that has gone away is no reason to stop."""
        with contextlib.suppress(OSError):
            print(f"wake: {text}", flush=True)

    def note(self, name: str, state: str, restarts: int, pid: int) -> None:
        """Write down a part's new state."""
        self.lines[name] = Line(pid, state, restarts)
        draft = self.path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self.lines)))
        draft.rename(self.path)
