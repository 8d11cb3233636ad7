"""What the environment decides, read once, with all its faults reported together."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

_SECRET_LENGTH = 32
_PORTS = range(1, 65536)


class SettingsFault(Exception):
    """The environment is unusable; `faults` has one line per reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(Struct, frozen=True):
    """Handed to `create_app` and to the worker. Secrets are at least 32 characters long.

    `media_url` is the relay's base address for browsers; None: the request's own host, port + 1.
    `media_control` is where this process reaches the relay. `pool` is the number of connections.
    """

    database_url: str
    redis_url: str
    secret: str
    media_secret: str
    data: Path
    port: int
    media_url: str | None
    media_control: str
    public_url: str | None
    demo: bool
    lan: bool
    pool: int

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment or raise `SettingsFault`."""
        faults: list[str] = []
        settings = cls(
            database_url=_required(environ, "DATABASE_URL", faults),
            redis_url=_required(environ, "REDIS_URL", faults),
            secret=_secret(environ, "WAKE_SECRET", faults),
            media_secret=_secret(environ, "WAKE_MEDIA_SECRET", faults),
            data=Path(environ.get("WAKE_DATA") or ".wake").resolve(),
            port=_whole(environ, "WAKE_PORT", 8000, _PORTS, faults),
            media_url=_address(environ, "WAKE_MEDIA_URL", faults),
            media_control=_address(environ, "WAKE_MEDIA_CONTROL", faults) or "http://127.0.0.1:8001",
            public_url=_address(environ, "WAKE_PUBLIC_URL", faults),
            demo=_switch(environ, "WAKE_DEMO", faults),
            lan=_switch(environ, "LAN", faults),
            pool=_whole(environ, "WAKE_POOL", 16, range(2, 201), faults),
        )
        if faults:
            raise SettingsFault(faults)
        return settings


def _required(environ: Mapping[str, str], name: str, faults: list[str]) -> str:
    value = environ.get(name, "")
    if not value:
        faults.append(f"{name} is missing")
    return value


def _secret(environ: Mapping[str, str], name: str, faults: list[str]) -> str:
    value = _required(environ, name, faults)
    if value and len(value) < _SECRET_LENGTH:
        faults.append(f"{name} is shorter than {_SECRET_LENGTH} characters")
    return value


def _whole(environ: Mapping[str, str], name: str, default: int, allowed: range, faults: list[str]) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) not in allowed:
        faults.append(f"{name} is not a whole number from {allowed[0]} to {allowed[-1]}")
        return default
    return int(text)


def _address(environ: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    value = environ.get(name, "").rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        faults.append(f"{name} does not begin with http:// or https://")
    return value or None


def _switch(environ: Mapping[str, str], name: str, faults: list[str]) -> bool:
    value = environ.get(name, "")
    if value not in {"", "0", "1"}:
        faults.append(f"{name} is neither 0 nor 1")
    return value == "1"
