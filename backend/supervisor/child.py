"""Child processes that die with their parent, and the wait until one is ready."""

import ctypes
import os
import pwd
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PROCESSES = Path("/proc")
POLL_SECONDS = 0.005


class NotStarted(Exception):
    """Something did not come up; the text is what a person should read."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account a server runs under when we are root."""

    name: str
    uid: int
    gid: int


class Server(Protocol):
    """What the launcher needs to know of an embedded server.

    `farewell` asks it to end; `orphaned` is sent to it when its parent has died.
    """

    log: Path
    account: Account | None
    farewell: signal.Signals
    orphaned: signal.Signals

    def prepare(self) -> None:
        """Make the data folder and clear what an earlier life left behind."""

    def command(self) -> list[str]:
        """Say the command line that stays in the foreground."""

    def ready(self, pid: int) -> bool:
        """Tell whether the process with this id answers."""


def unprivileged() -> Account | None:
    """Name the account for servers that refuse to be root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise NotStarted("PostgreSQL refuses to run as root and this machine has no account `nobody` to run it under.")


def dropped(account: Account | None) -> dict[str, Any]:
    """Say, for subprocess, to run under `account`; None is our own."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def leash(orphaned: signal.Signals) -> Callable[[], None]:
    """Make the function that ties a new child to this process: when we die, however we die, it is sent `orphaned`.

    Linux only; elsewhere an orphan of a killed supervisor has to be ended by hand.
    """
    parent = os.getpid()

    def tie() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(orphaned), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def tied(account: Account | None, orphaned: signal.Signals) -> dict[str, Any]:
    """Say, for subprocess, how a child of ours lives: own session (Ctrl-C reaches only us), no input, on a leash."""
    return {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "start_new_session": True,
            "preexec_fn": leash(orphaned), **dropped(account)}


def start(server: Server, patience: float = 30.0) -> "subprocess.Popen[bytes]":
    """Start a server and return when it answers. Raises NotStarted with the end of its log."""
    server.prepare()
    with server.log.open("ab") as output:
        process = subprocess.Popen(server.command(), stdout=output, **tied(server.account, server.orphaned))
    deadline = time.monotonic() + patience
    while not server.ready(process.pid):
        try:
            process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
            process.kill()
        raise NotStarted(f"{server.command()[0]} did not start:\n{tail(server.log)}")
    return process


def stop(process: "subprocess.Popen[bytes]", farewell: signal.Signals, patience: float = 10.0) -> None:
    """Ask a process to end, and make it end when it has not after `patience` seconds."""
    process.send_signal(farewell)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(log: Path, size: int = 2000) -> str:
    """Read the last `size` characters of a log."""
    return log.read_text(errors="replace")[-size:].strip() if log.exists() else ""


def command_of(pid: int) -> list[str]:
    """Read the command line of any process; empty when it is no more, or where there is no /proc."""
    try:
        return os.fsdecode((PROCESSES / str(pid) / "cmdline").read_bytes()).split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def end_orphan(pid: int, farewell: signal.Signals, patience: float = 10.0) -> None:
    """Ask a process that is not our child to end and wait until it has. Raises NotStarted when it does not."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, farewell)
        if not select.select([handle], [], [], patience)[0]:
            raise NotStarted(f"Process {pid} of an earlier start ({command_of(pid)[:1]}) does not end.")
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
