"""What the environment decides, read once, with all its faults reported together."""

import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from media.addresses import reachable
from media.fleet.terms import Terms, terms
from media.turn import SCHEMES, Turn

_SECRET_LENGTH = 32
_PORTS = range(65536)
_GRACES = range(86_401)
"""Seconds, a day at most."""
_RECORDINGS, _RECORDING = range(1_000_001), 8_000
"""Megabytes of one room."""


class SettingsFault(Exception):
    """The environment is unusable; `faults` has one line per reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(Struct, frozen=True):
    """Handed to the relay, its front and its outbox.

    `bind` is the address both ports listen on; `::` is every one of both families (of IPv4 alone where there is no
    IPv6). `addresses` are those told to browsers (ICE candidates): how `bind` is reached from outside. `data` is the
    folder of spool and journal. Port 0 lets the kernel choose. `compiled` says whether the hot loop in C may be used
    where it was built. Who shows `metrics` as a bearer token may read the figures; nobody when it is empty. Told to
    end, the relay waits `grace` seconds for those who are there to go. `turn` is told to whoever connects.
    `recording_limit` is what the recording of a room may have, in bytes; 0 records nothing. `terms` are those on which
    it is one of several.
    """

    http_port: int
    udp_port: int
    bind: str
    addresses: tuple[str, ...]
    secret: str
    webhook: str
    data: Path
    certificate: Path | None
    key: Path | None
    compiled: bool
    metrics: str
    grace: int
    turn: Turn
    recording_limit: int
    terms: Terms

    @property
    def tcp(self) -> bool:
        """Whether media may come by TCP too: on the UDP port's number, unless HTTP has that."""
        return self.udp_port != self.http_port

    @property
    def spool(self) -> Path:
        """Folder of the messages the backend has not acknowledged."""
        return self.data / "spool"

    @property
    def journal(self) -> Path:
        """File of what was live a second ago."""
        return self.data / "journal.json"

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment or raise `SettingsFault`."""
        faults: list[str] = []
        bind = _address(environ.get("MEDIA_BIND") or "127.0.0.1", "MEDIA_BIND", faults)
        if bind == "::" and not socket.has_dualstack_ipv6():
            bind = "0.0.0.0"  # noqa: S104 - as told: everywhere
        told = [_address(text.strip(), "MEDIA_ADDRESSES", faults) for text in _listed(environ, "MEDIA_ADDRESSES")]
        settings = cls(
            http_port=_number(environ, "MEDIA_HTTP_PORT", 8001, _PORTS, faults),
            udp_port=_number(environ, "MEDIA_UDP_PORT", 8001, _PORTS, faults),
            bind=bind,
            addresses=tuple(told) or reachable(bind),
            secret=environ.get("MEDIA_SECRET", ""),
            webhook=environ.get("MEDIA_WEBHOOK_URL") or "http://127.0.0.1:8000/api/media/webhooks",
            data=Path(environ.get("MEDIA_DATA") or ".wake/media").resolve(),
            certificate=_file(environ, "MEDIA_CERT", faults),
            key=_file(environ, "MEDIA_KEY", faults),
            compiled=environ.get("MEDIA_COMPILED", "1") != "0",
            metrics=environ.get("MEDIA_METRICS_SECRET", ""),
            grace=_number(environ, "MEDIA_GRACE", 0, _GRACES, faults),
            turn=_turn(environ, faults),
            recording_limit=_number(environ, "MEDIA_RECORDING_MB", _RECORDING, _RECORDINGS, faults) * 1_000_000,
            terms=terms(environ, faults),
        )
        if len(settings.secret) < _SECRET_LENGTH:
            faults.append(f"MEDIA_SECRET is missing or shorter than {_SECRET_LENGTH} characters")
        if 0 < len(settings.metrics) < _SECRET_LENGTH:
            faults.append(f"MEDIA_METRICS_SECRET is shorter than {_SECRET_LENGTH} characters")
        if not settings.webhook.startswith(("http://", "https://")):
            faults.append("MEDIA_WEBHOOK_URL does not begin with http:// or https://")
        if (settings.certificate is None) != (settings.key is None):
            faults.append("MEDIA_CERT and MEDIA_KEY go together")
        if faults:
            raise SettingsFault(faults)
        return settings


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [text for text in environ.get(name, "").split(",") if text.strip()]


def _address(text: str, name: str, faults: list[str]) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        faults.append(f"{name}: {text!r} is not an IP address")
        return "127.0.0.1"


def _turn(environ: Mapping[str, str], faults: list[str]) -> Turn:
    urls = tuple(text.strip() for text in _listed(environ, "MEDIA_TURN_URLS"))
    secret = environ.get("MEDIA_TURN_SECRET", "")
    if not all(url.startswith(SCHEMES) and url.isascii() and not set(url) & set('<>" ') for url in urls):
        faults.append("MEDIA_TURN_URLS: an URL begins with stun:, stuns:, turn: or turns: (RFC 7064, RFC 7065)")
    if any(url.startswith("turn") for url in urls) and len(secret) < _SECRET_LENGTH:
        faults.append(f"MEDIA_TURN_SECRET is missing or shorter than {_SECRET_LENGTH} characters")
    return Turn(urls, secret)


def _number(environ: Mapping[str, str], name: str, usual: int, allowed: range, faults: list[str]) -> int:
    text = environ.get(name) or str(usual)
    if not text.isascii() or not text.isdigit() or int(text) not in allowed:
        faults.append(f"{name} is not a number from {allowed[0]} to {allowed[-1]}")
        return usual
    return int(text)


def _file(environ: Mapping[str, str], name: str, faults: list[str]) -> Path | None:
    text = environ.get(name)
    if text and not Path(text).is_file():
        faults.append(f"{name}: there is no file {text}")
    return Path(text) if text else None
