"""Signed, expiring texts: cookies, tickets, contact tokens. HMAC-SHA256 (RFC 2104).

`base64url([expiry, payload]) "." base64url(mac)`; the purpose is part of what is signed, so that a
token made for one thing is worthless for another.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import TypeVar

import msgspec

from backend.kit import clock

S = TypeVar("S", bound=msgspec.Struct)

_key = b""
_encode = msgspec.json.encode
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[tuple[int, msgspec.Struct]]] = {}


def use(secret: str) -> None:
    """Sign with this secret from now on."""
    global _key
    _key = secret.encode()


def sign(purpose: str, payload: msgspec.Struct, ttl: timedelta) -> str:
    """A text that `verify` turns back into the payload until `ttl` has passed."""
    expiry = clock.milliseconds() + ttl // timedelta(milliseconds=1)
    body = urlsafe_b64encode(_encode((expiry, payload))).rstrip(b"=")
    return (body + b"." + _mac(purpose, body)).decode()


def verify(purpose: str, text: str, type_: type[S]) -> S | None:
    """The payload, or None when the text is forged, foreign, damaged or expired."""
    body, _, mac = text.encode(errors="replace").rpartition(b".")
    if not hmac.compare_digest(_mac(purpose, body), mac):
        return None
    try:
        expiry, payload = _decoder(type_).decode(urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    except (ValueError, msgspec.MsgspecError):
        return None
    return payload if expiry > clock.milliseconds() and isinstance(payload, type_) else None


def _mac(purpose: str, body: bytes) -> bytes:
    if not _key:
        raise RuntimeError("tokens.use(secret) has not been called")
    digest = hmac.digest(_key, purpose.encode() + b"\0" + body, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=")


def _decoder(type_: type[msgspec.Struct]) -> "msgspec.json.Decoder[tuple[int, msgspec.Struct]]":
    if type_ not in _decoders:
        _decoders[type_] = msgspec.json.Decoder(tuple[int, type_])  # type: ignore[valid-type]
    return _decoders[type_]
