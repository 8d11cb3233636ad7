"""What the environment decides, read once, with all its faults reported together."""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

_SECRET_LENGTH = 32
_PORTS = range(1, 65536)
_SOURCE = re.compile(r"https?://[A-Za-z0-9.*{}\[\]-]+(:[0-9*]+)?")


class SettingsFault(Exception):
    """The environment is unusable; `faults` has one line per reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Engine(Struct, frozen=True):
    """Somebody else's WHIP/WHEP engine: its addresses, in which `{room}`, `{seat}` and `{token}` are replaced, and what
    it shows us with its callbacks."""

    whip: str
    whep: str
    key: str


class Settings(Struct, frozen=True):
    """Handed to `create_app` and to the worker. Secrets are at least 32 characters long.

    `media_url` is the relay's base address for browsers; None: the request's own host, port + 1.
    `media_sources` are more addresses of relays as a page's policy (CSP) names them, `{host}` being the page's host.
    `media_control` is where this process reaches the relay; with an `engine` there is none.
    `pool` is the number of connections.
    `files_url` is the bucket of an S3-compatible store for files; None: the folder `data`.
    """

    database_url: str
    redis_url: str
    secret: str
    media_secret: str
    data: Path
    port: int
    media_url: str | None
    media_sources: str
    media_control: str
    engine: Engine | None
    public_url: str | None
    files_url: str | None
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
            media_sources=_sources(environ, "WAKE_MEDIA_SOURCES", faults),
            media_control=_address(environ, "WAKE_MEDIA_CONTROL", faults) or "http://127.0.0.1:8001",
            engine=_engine(environ, faults),
            public_url=_address(environ, "WAKE_PUBLIC_URL", faults),
            files_url=_bucket(environ, "WAKE_FILES_URL", faults),
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


def _engine(environ: Mapping[str, str], faults: list[str]) -> Engine | None:
    kind = environ.get("MEDIA_ENGINE") or "wake"
    if kind == "wake":
        return None
    if kind != "whip":
        faults.append("MEDIA_ENGINE is neither wake nor whip")
    whip, whep = (_required(environ, name, faults) for name in ("WAKE_ENGINE_WHIP", "WAKE_ENGINE_WHEP"))
    if not all(url.startswith(("http://", "https://")) and "{room}" in url and "{seat}" in url for url in (whip, whep)):
        faults.append("WAKE_ENGINE_WHIP and WAKE_ENGINE_WHEP are no http(s) URLs with {room} and {seat}")
    return Engine(whip, whep, _secret(environ, "WAKE_ENGINE_KEY", faults))


def _sources(environ: Mapping[str, str], name: str, faults: list[str]) -> str:
    value = " ".join(environ.get(name, "").split())
    if not all(_SOURCE.fullmatch(source) for source in value.split()):
        faults.append(f"{name} is not a list of origins, as https://*.example.com or http://{{host}}:8003")
        return ""
    return value


def _bucket(environ: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    value = environ.get(name, "").rstrip("/")
    if value and not value.startswith("s3://"):
        faults.append(f"{name} does not begin with s3://")
    return value or None


def _switch(environ: Mapping[str, str], name: str, faults: list[str]) -> bool:
    value = environ.get(name, "")
    if value not in {"", "0", "1"}:
        faults.append(f"{name} is neither 0 nor 1")
    return value == "1"
