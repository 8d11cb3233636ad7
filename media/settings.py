"""What the environment decides, read once, with all its faults reported together."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

import ifaddr
from msgspec import Struct

_SECRET_LENGTH = 32
_PORTS = range(65536)


class SettingsFault(Exception):
    """The environment is unusable; `faults` has one line per reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(Struct, frozen=True):
    """Handed to the relay, its front and its outbox.

    `bind` is the IPv4 address both ports listen on, `addresses` are those told to browsers (ICE candidates): how
    `bind` is reached from outside. `data` is the folder of spool and journal. Port 0 lets the kernel choose.
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
        told = [_address(text.strip(), "MEDIA_ADDRESSES", faults) for text in _listed(environ, "MEDIA_ADDRESSES")]
        settings = cls(
            http_port=_port(environ, "MEDIA_HTTP_PORT", faults),
            udp_port=_port(environ, "MEDIA_UDP_PORT", faults),
            bind=bind,
            addresses=tuple(told) or _reachable(bind),
            secret=environ.get("MEDIA_SECRET", ""),
            webhook=environ.get("MEDIA_WEBHOOK_URL") or "http://127.0.0.1:8000/api/media/webhooks",
            data=Path(environ.get("MEDIA_DATA") or ".wake/media").resolve(),
            certificate=_file(environ, "MEDIA_CERT", faults),
            key=_file(environ, "MEDIA_KEY", faults),
        )
        if len(settings.secret) < _SECRET_LENGTH:
            faults.append(f"MEDIA_SECRET is missing or shorter than {_SECRET_LENGTH} characters")
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
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        faults.append(f"{name}: {text!r} is not an IPv4 address")
        return "127.0.0.1"


def _reachable(bind: str) -> tuple[str, ...]:
    """The addresses a socket bound to `bind` answers on, the machine's own ones last being loopback."""
    if bind != "0.0.0.0":  # noqa: S104 - compared, not bound
        return (bind,)
    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return tuple(sorted(set(found), key=lambda ip: (ipaddress.ip_address(ip).is_loopback, ip)))


def _port(environ: Mapping[str, str], name: str, faults: list[str]) -> int:
    text = environ.get(name) or "8001"
    if not text.isascii() or not text.isdigit() or int(text) not in _PORTS:
        faults.append(f"{name} is not a port number")
        return 0
    return int(text)


def _file(environ: Mapping[str, str], name: str, faults: list[str]) -> Path | None:
    text = environ.get(name)
    if text and not Path(text).is_file():
        faults.append(f"{name}: there is no file {text}")
    return Path(text) if text else None
