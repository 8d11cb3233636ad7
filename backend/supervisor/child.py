"""A child process that dies with its parent, and the wait until it is ready."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
POLL_SECONDS = 0.005


class NotStarted(Exception):
    """A server did not come up; the text is what a person should read."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account a server runs under when we are root."""

    name: str
    uid: int
    gid: int


class Server(Protocol):
    """What the launcher needs to know of an embedded server."""

    log: Path
    account: Account | None
    farewell: signal.Signals

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


def leash(farewell: signal.Signals) -> Callable[[], None]:
    """Make the function that ties a new child to this process: when we die, however we die, it is sent `farewell`.

    Linux only; elsewhere an orphan is found by its files at the next start.
    """
    parent = os.getpid()

    def tie() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def launch(command: Sequence[str], *, log: Path, account: Account | None, farewell: signal.Signals,
           env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a command in its own session (so Ctrl-C in the terminal reaches only us), output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command line, no shell
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=leash(farewell), env=env, **dropped(account))


def start(server: Server, patience: float = 30.0) -> "subprocess.Popen[bytes]":
    """Start a server and return when it answers. Raises NotStarted with the end of its log."""
    server.prepare()
    process = launch(server.command(), log=server.log, account=server.account, farewell=server.farewell)
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
    return log.read_text(errors="replace")[-size:] if log.exists() else ""
