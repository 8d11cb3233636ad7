"""The spool: messages that wait for the backend, on disk, in order per room.

It is one SQLite table: a commit is a write to the log in WAL mode (≈ 50 µs, survives `kill -9`), a checkpoint syncs the
log to the disk and is left to a thread (survives a power cut but for the last 100 ms).
"""

import logging
import sqlite3
from pathlib import Path
from uuid import UUID

import msgspec

log = logging.getLogger(__name__)

LIMIT = 128 << 20
"""Bytes of waiting messages; above it the oldest beats go first, since the next beat says almost the same."""
BATCH = 256
SCHEMA = """
create table if not exists message (
    n integer primary key, room text not null, beat integer not null, body blob not null
);
create index if not exists message_room on message (room, n);
create index if not exists message_beat on message (beat, n);
"""


class Waiting(msgspec.Struct, frozen=True):
    """A message in the spool: its place `n` and its JSON."""

    n: int
    body: bytes


class Spool:
    """The table and its two bounds; used from the event loop, but for `sync`."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._path = folder / "spool.db"
        self._refused = folder / "refused"
        self._refused.mkdir(parents=True, exist_ok=True)
        self._limit = limit
        self._db = self._open_or_set_aside()
        self.count = 0
        self._bytes = 0
        self._counted(*self._db.execute("select count(*), coalesce(sum(length(body)), 0) from message").fetchone())

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = off")  # the loop never waits for the disk: `sync` does, in its thread
        db.execute("pragma wal_autocheckpoint = 0")
        db.executescript(SCHEMA)
        return db

    def _open_or_set_aside(self) -> sqlite3.Connection:
        try:
            return self._open()
        except sqlite3.DatabaseError:
            log.exception("the spool is unreadable: kept as %s.broken, a new one is begun", self._path.name)
            self._path.replace(self._path.with_suffix(".db.broken"))
            for rest in ("-wal", "-shm"):
                self._path.with_name(self._path.name + rest).unlink(missing_ok=True)
            return self._open()

    def add(self, room: UUID, body: bytes, *, beat: bool) -> None:
        """Append a message of `room`; it is safe from `kill -9` when this returns."""
        while self.count and self._bytes + len(body) > self._limit:
            self._forget_oldest()
        self._db.execute("insert into message (room, beat, body) values (?, ?, ?)", (str(room), beat, body))
        self._counted(1, len(body))

    def rooms(self) -> list[UUID]:
        """The rooms something waits for."""
        return [UUID(room) for (room,) in self._db.execute("select distinct room from message")]

    def head(self, room: UUID) -> Waiting | None:
        """The oldest message of `room`, None when nothing waits."""
        row = self._db.execute("select n, body from message where room = ? order by n limit 1", (str(room),)).fetchone()
        return Waiting(*row) if row else None

    def done(self, message: Waiting) -> None:
        """Drop an acknowledged message."""
        if self._db.execute("delete from message where n = ?", (message.n,)).rowcount:
            self._counted(-1, -len(message.body))

    def refuse(self, message: Waiting, name: str) -> None:
        """Keep a message the backend refused for good as `refused/NAME.json`, out of the queue."""
        (self._refused / f"{name}.json").write_bytes(message.body)
        self.done(message)

    def sync(self) -> None:
        """Bring what was committed to the disk; for a thread (its own connection, hinders no writer)."""
        db = sqlite3.connect(self._path, isolation_level=None)
        try:
            db.execute("pragma synchronous = normal")
            db.execute("pragma wal_checkpoint(passive)")
        finally:
            db.close()

    def close(self) -> None:
        """Release the files."""
        self._db.close()

    def _forget_oldest(self) -> None:
        oldest = "select n, length(body), beat from message order by beat desc, n limit ?"
        rows = self._db.execute(oldest, (BATCH,)).fetchall()
        rows = [row for row in rows if row[2]] or rows
        self._db.executemany("delete from message where n = ?", [row[:1] for row in rows])
        self._counted(-len(rows), -sum(size for _, size, _ in rows))
        log.error("the spool is full: %d of the oldest messages were dropped", len(rows))

    def _counted(self, messages: int, size: int) -> None:
        self.count += messages
        self._bytes += size
