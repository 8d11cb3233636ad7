"""What the environment tells the supervisor, and what the supervisor tells its parts."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from backend.supervisor.child import NotStarted

KEPT = "environment.json"
PORTS = 3  # the app's, the relay's HTTP, the relay's UDP; two more for each further relay
HIGHEST_PORT = 65535
MOST_RELAYS = 64
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only with LAN=1, which asks for it


@dataclass(frozen=True)
class Config:
    """One supervisor's settings. `demo` None: a demo company on an embedded database only.

    `relays` are processes of one core each.
    """

    environ: Mapping[str, str]
    data: Path
    port: int
    lan: bool
    demo: bool | None
    database_url: str | None
    redis_url: str | None
    relays: int = 1

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Config":
        """Read the environment; raises NotStarted."""
        many = environ.get("WAKE_RELAYS") or "1"
        if not many.isdecimal() or not 0 < int(many) <= MOST_RELAYS:
            raise NotStarted(f"WAKE_RELAYS={many} is not a number from 1 to {MOST_RELAYS}.")
        text, ports = environ.get("WAKE_PORT") or "8000", PORTS + 2 * (int(many) - 1)
        if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT - ports + 1:
            raise NotStarted(f"WAKE_PORT={text} is not a port; {ports} in a row are used, the first is WAKE_PORT.")
        demo = environ.get("WAKE_DEMO")
        return cls(environ, Path(environ.get("WAKE_DATA") or ".wake").absolute(), int(text), environ.get("LAN") == "1",
                   None if demo in {None, ""} else demo == "1", environ.get("DATABASE_URL"), environ.get("REDIS_URL"),
                   int(many))

    @property
    def host(self) -> str:
        """Say the address to listen on."""
        return EVERYWHERE if self.lan else LOOPBACK

    @property
    def scheme(self) -> str:
        """Phones grant the camera only to https; localhost needs none."""
        return "https" if self.lan else "http"

    @property
    def wants_demo(self) -> bool:
        """Never pour invented people into a database that somebody else runs, unless told to."""
        return self.database_url is None if self.demo is None else self.demo

    def media_port(self, number: int = 1) -> int:
        """Say the HTTP port of a relay; the number of its media port is one higher."""
        return self.port + 2 * number - 1

    def relay_name(self, number: int) -> str:
        """Say what a relay's part, and its data folder, is called."""
        return "media" if number == 1 else f"media-{number}"


def program(name: str) -> list[str]:
    """Say the command line of a Python program of ours."""
    return [sys.executable, "-m", *name.split()]


def environment(config: Config, database: str, redis: str, lan: Mapping[str, str]) -> dict[str, str]:
    """Compose the environment of backend, worker and relay; what the operator set himself stands.

    It is kept in the data folder too, so that `wake verify` and its like find the same house.
    """
    keys = kept_secrets(config.data / "secrets.json")
    here = f"{config.scheme}://{LOOPBACK}"
    ours = {
        "WAKE_SECRET": keys["app"], "WAKE_MEDIA_SECRET": keys["media"], "WAKE_HOST": config.host,
        "WAKE_MEDIA_CONTROL": f"{here}:{config.media_port()}", "MEDIA_BIND": config.host,
        "MEDIA_HTTP_PORT": str(config.media_port()), "MEDIA_UDP_PORT": str(config.media_port() + 1),
        "MEDIA_WEBHOOK_URL": f"{here}:{config.port}/api/media/webhooks", "MEDIA_DATA": str(config.data / "media"),
        "PYTHONUNBUFFERED": "1",
    }
    if config.relays > 1:
        ours["WAKE_MEDIA_SOURCES"] = " ".join(
            f"{config.scheme}://{{host}}:{config.media_port(number)}" for number in range(2, config.relays + 1))
    ours |= {name: config.environ[name] for name in ours if config.environ.get(name)}
    ours |= {"DATABASE_URL": database, "REDIS_URL": redis, "WAKE_DATA": str(config.data), "LAN": str(int(config.lan)),
             "WAKE_PORT": str(config.port), "WAKE_DEMO": str(int(config.wants_demo)),
             "MEDIA_SECRET": ours["WAKE_MEDIA_SECRET"], **lan}
    keep(config.data / KEPT, ours)
    return {**config.environ, **ours}


def relay_environment(config: Config, env: Mapping[str, str], number: int) -> Mapping[str, str]:
    """Compose the environment of one relay of several; one that is alone has the house's."""
    if config.relays == 1:
        return env
    name, port = config.relay_name(number), config.media_port(number)
    # The first keeps the addresses that stand in the settings; whatever the operator set holds for it.
    own = {} if number == 1 else {
        "MEDIA_HTTP_PORT": str(port), "MEDIA_UDP_PORT": str(port + 1), "MEDIA_DATA": str(config.data / name)}
    return {**env, **own, "MEDIA_NODE": name, "MEDIA_REDIS_URL": env["REDIS_URL"],
            "MEDIA_NODE_URL": f"{config.scheme}://{{host}}:{port}",
            "MEDIA_NODE_CONTROL": f"{config.scheme}://{LOOPBACK}:{port}"}


def keep(path: Path, values: Mapping[str, str]) -> None:
    """Replace a file as a whole, readable by us alone."""
    draft = path.with_suffix(".draft")
    draft.touch(0o600)
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(values)))
    draft.rename(path)


def kept_secrets(path: Path) -> dict[str, str]:
    """Read the secrets of this installation; make them once, readable by us alone."""
    if not path.exists():
        keep(path, {name: secrets.token_urlsafe(48) for name in ("app", "media")})
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
