"""Our own SRTP encryption with AES-GCM (RFC 7714), where the C is there and the processor has the instructions.

It gives libsrtp's bytes for a third of the price: no books are kept of what was sent (`packet` says why none are
needed), and a nonce costs nothing to set up. `proven` compares it with libsrtp; one wrong byte, and it stays out.
"""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from pylibsrtp import Policy, Session

from media import native

_SALT = 12
_CIPHER, _SALTING = 0, 2
"""Labels of what is derived (RFC 3711 §4.3.1)."""
_WRAP = 0x10000


class Sealing:
    """One peer's keys and the places of its streams; `master` is key and salt as DTLS gives them (RFC 5764 §4.2)."""

    def __init__(self, master: bytes, *, wide: bool = True) -> None:
        ffi, lib = native.library.ffi, native.library.lib
        key, salt = master[:-_SALT], master[-_SALT:]
        cipher, salting = derived(key, salt, _CIPHER, len(key)), derived(key, salt, _SALTING, _SALT)
        context = lib.context_new(cipher, len(key), salting, wide)
        if not context:
            raise MemoryError
        self.context: Any = ffi.gc(context, lib.context_free)
        self.seal = lib.seal
        self.pointer = int(ffi.cast("uintptr_t", self.context))
        self.function = int(ffi.cast("uintptr_t", ffi.addressof(lib, "seal")))


def derived(key: bytes, salt: bytes, label: int, size: int) -> bytes:
    """`size` bytes of key material for one purpose (RFC 3711 §4.3.3, RFC 7714 §11)."""
    start = bytearray(salt + bytes(16 - len(salt)))
    start[7] ^= label
    return Cipher(AES(key), CTR(bytes(start))).encryptor().update(bytes(size))


def possible() -> bool:
    """Whether there is any, and it is right."""
    return native.library is not None and native.library.lib.seals() and proven()


@cache
def proven(*, wide: bool = True) -> bool:
    """Whether it gives libsrtp's bytes: keys of both lengths, last blocks of all, a stream that wraps, late packets."""
    for profile, size in ((Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16), (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32)):
        master = bytes(range(size + _SALT))
        policy = Policy(master, Policy.SSRC_ANY_OUTBOUND, 0, profile)
        policy.allow_repeat_tx = True
        session, sealing = Session(policy), Sealing(master, wide=wide)
        for number in range(0, 2 * _WRAP, 251):
            begin = bytes([0x80, 96]) + (max(number - number % 3, 0) % _WRAP).to_bytes(2, "big") + bytes(8)
            packet = begin + bytes(range(256)) * (number % 5) + bytes(number % 199)
            if sealed(sealing, packet) != session.protect(packet):
                return False
    return True


def sealed(sealing: Sealing, packet: bytes) -> bytes | None:
    """`packet` encrypted; None when it is none that we send."""
    ffi = native.library.ffi
    room, length = ffi.new("char[]", packet + bytes(16)), ffi.new("int *", len(packet))
    return None if sealing.seal(sealing.context, room, length) else bytes(ffi.buffer(room, length[0]))
