"""STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): read a binding request, prove it, answer it.

Every viewer asks again and again whether we are still here, in the same words each time: what has been read once is
known, and a password is made ready to sign once.
"""

import hmac
import struct
import zlib
from functools import lru_cache
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
_SIGNATURE, _MARK = _ATTRIBUTE + _DIGEST, _ATTRIBUTE + 4
"""Bytes of MESSAGE-INTEGRITY and of FINGERPRINT."""
_head = struct.Struct("!HHI").unpack_from
_attribute = struct.Struct("!HH").unpack_from


class Key:
    """A password, ready to sign with."""

    def __init__(self, password: bytes) -> None:
        self._begun = hmac.new(password, digestmod="sha1")

    def sign(self, data: bytes) -> bytes:
        """The HMAC-SHA1 of `data`, 20 bytes."""
        signed = self._begun.copy()
        signed.update(data)
        return signed.digest()


class Request(NamedTuple):
    """A binding request whose form is right; `proven` says whether its sender knows the password."""

    transaction: bytes
    ufrag: str
    nominated: bool
    covered: bytes
    digest: bytes

    def proven(self, key: Key) -> bool:
        """Whether MESSAGE-INTEGRITY (HMAC-SHA1 over all that is before it) was made with `key`."""
        return hmac.compare_digest(key.sign(self.covered), self.digest)


def parse(data: bytes) -> Request | None:
    """The request in one datagram; None for anything else: other classes, truncated, unsigned, wrong fingerprint."""
    size = len(data)
    if size < _HEADER + _SIGNATURE:
        return None
    kind, length, cookie = _head(data)
    if kind != _REQUEST or cookie != _COOKIE or length % 4 or length != size - _HEADER:
        return None
    end = size - _MARK if _attribute(data, size - _MARK) == (_FINGERPRINT, 4) else size
    start = end - _SIGNATURE
    if start < _HEADER or _attribute(data, start) != (_INTEGRITY, _DIGEST):
        return None
    if end < size and zlib.crc32(data[:end]) ^ _FINGERPRINT_MASK != int.from_bytes(data[end + _ATTRIBUTE :], "big"):
        return None
    said = _said(data[_HEADER:start])
    if said is None:
        return None
    covered = data[:2] + struct.pack("!H", end - _HEADER) + data[4:start]
    return Request(data[8:_HEADER], *said, covered, data[start + _ATTRIBUTE : end])


@lru_cache(maxsize=4096)
def _said(attributes: bytes) -> tuple[str, bool] | None:
    """What is signed: the ufrag and whether this path is nominated; None where it is malformed."""
    position, ufrag, nominated = 0, "", False
    while position + _ATTRIBUTE <= len(attributes):
        name, length = _attribute(attributes, position)
        value = position + _ATTRIBUTE
        if value + length > len(attributes) or name == _INTEGRITY:
            return None
        if name == _USERNAME:
            ufrag = attributes[value : value + length].partition(b":")[0].decode("ascii", "replace")
        elif name == _USE_CANDIDATE:
            nominated = True
        position = value + (length + 3 & ~3)
    return (ufrag, nominated) if position == len(attributes) else None


def answer(request: Request, address: Address, key: Key) -> bytes:
    """The success response that tells the sender the `address` we see, signed with our `key`."""
    packed, port = _packed(address[0]), address[1]
    size = len(packed)
    mask = _COOKIE_BYTES + request.transaction
    mapped = (int.from_bytes(packed, "big") ^ int.from_bytes(mask[:size], "big")).to_bytes(size, "big")
    head = mask + struct.pack("!HHxBH", 0x0020, 4 + size, _FAMILY[size], port ^ _COOKIE >> 16) + mapped
    digest = key.sign(struct.pack("!HH", _SUCCESS, size + 32) + head)
    message = struct.pack("!HH", _SUCCESS, size + 40) + head + b"\x00\x08\x00\x14" + digest
    return message + struct.pack("!HHI", _FINGERPRINT, 4, zlib.crc32(message) ^ _FINGERPRINT_MASK)


def check(transaction: bytes, username: str, key: Key) -> bytes:
    """A nominating binding request of the controlling agent (RFC 8445 §7.1.1), for who calls another relay."""
    name = username.encode()
    head = _attributed(_USERNAME, name + bytes(-len(name) % 4), len(name))
    head += _attributed(_PRIORITY, (126 << 24 | 65535 << 8 | 255).to_bytes(4, "big"))
    head += _attributed(_CONTROLLING, (1).to_bytes(8, "big")) + _attributed(_USE_CANDIDATE, b"")
    covered = struct.pack("!HHI", _REQUEST, len(head) + 24, _COOKIE) + transaction + head
    signed = transaction + head + _attributed(_INTEGRITY, key.sign(covered))
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
