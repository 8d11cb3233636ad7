"""STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): read a binding request, prove it, answer it: 4 µs."""

import hmac
import struct
import zlib
from socket import AF_INET6, inet_aton, inet_pton
from typing import NamedTuple

Address = tuple[str, int] | tuple[str, int, int, int]
"""As the socket gives it: IPv4, or IPv6 with flow and scope; then an IPv4 host looks like ::ffff:192.0.2.1."""

_REQUEST, _SUCCESS = 0x0001, 0x0101
_COOKIE = 0x2112A442
_COOKIE_BYTES = _COOKIE.to_bytes(4, "big")
_USERNAME, _INTEGRITY, _USE_CANDIDATE, _FINGERPRINT = 0x0006, 0x0008, 0x0025, 0x8028
_PRIORITY, _CONTROLLING = 0x0024, 0x802A
_FAMILY = {4: 1, 16: 2}
_AS_IPV6 = bytes(10) + b"\xff\xff"
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
    """The success response that tells the sender the `address` we see, signed with our `password`."""
    packed, port = _packed(address[0]), address[1]
    size = len(packed)
    mask = _COOKIE_BYTES + request.transaction
    mapped = (int.from_bytes(packed, "big") ^ int.from_bytes(mask[:size], "big")).to_bytes(size, "big")
    head = mask + struct.pack("!HHxBH", 0x0020, 4 + size, _FAMILY[size], port ^ _COOKIE >> 16) + mapped
    digest = hmac.digest(password, struct.pack("!HH", _SUCCESS, size + 32) + head, "sha1")
    message = struct.pack("!HH", _SUCCESS, size + 40) + head + b"\x00\x08\x00\x14" + digest
    return message + struct.pack("!HHI", _FINGERPRINT, 4, zlib.crc32(message) ^ _FINGERPRINT_MASK)


def check(transaction: bytes, username: str, password: bytes) -> bytes:
    """A nominating binding request of the controlling agent (RFC 8445 §7.1.1), for who calls another relay."""
    name = username.encode()
    head = _attributed(_USERNAME, name + bytes(-len(name) % 4), len(name))
    head += _attributed(_PRIORITY, (126 << 24 | 65535 << 8 | 255).to_bytes(4, "big"))
    head += _attributed(_CONTROLLING, (1).to_bytes(8, "big")) + _attributed(_USE_CANDIDATE, b"")
    covered = struct.pack("!HHI", _REQUEST, len(head) + 24, _COOKIE) + transaction + head
    signed = transaction + head + _attributed(_INTEGRITY, hmac.digest(password, covered, "sha1"))
    message = struct.pack("!HHI", _REQUEST, len(signed) - 4, _COOKIE) + signed
    return message + _attributed(_FINGERPRINT, (zlib.crc32(message) ^ _FINGERPRINT_MASK).to_bytes(4, "big"))


def answered(data: bytes) -> bytes | None:
    """The transaction a datagram is the success response to; None for anything else."""
    if len(data) < _HEADER or _head(data)[::2] != (_SUCCESS, _COOKIE):
        return None
    return data[8:_HEADER]


def _attributed(name: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("!HH", name, len(value) if length is None else length) + value


def _packed(host: str) -> bytes:
    """4 or 16 bytes; an IPv4 host in IPv6's clothes (RFC 4291 §2.5.5.2) has 4."""
    if ":" not in host:
        return inet_aton(host)
    whole = inet_pton(AF_INET6, host.partition("%")[0])
    return whole[12:] if whole.startswith(_AS_IPV6) else whole
