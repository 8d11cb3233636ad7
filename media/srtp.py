"""SRTP (RFC 3711, RFC 5764) over libsrtp. The one file that touches privates of pylibsrtp 1.0.0: its own wrapper copies
each packet twice and makes a buffer per packet.

That it still does what we believe is proven at every start (`engine`).
"""

import os
from collections.abc import Callable, Iterator
from typing import Any, cast

from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]  # a compiled module without stubs

from media.sealing import Sealing, possible

memory = ffi
"""cffi's maker of C buffers, the kind `Outbound.in_place` takes."""
_protect, _protect_at = lib.srtp_protect, int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))
_unprotect, _unprotect_control = lib.srtp_unprotect, lib.srtp_unprotect_rtcp
_unprotect_at = int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_unprotect")))
_LONGEST = 2048
_buffer, _size = ffi.new("char[]", _LONGEST), ffi.new("int *")
_plain = ffi.buffer(_buffer)

_WINDOW = 1024
"""Packets that what comes may be out of order."""
_TAG = {b"SRTP_AES128_CM_SHA1_80": 10}
_GCM_TAG = 16

PROFILES = {profile.openssl_profile: profile for profile in SRTP_PROFILES}
"""What is spoken, the best first."""


class Outbound:
    """What encrypts the packets to one peer, which are `tag` bytes longer afterwards: libsrtp's `session`, or for media
    `sealing`.

    `in_place(context, pointer, int*)` answers 0 or an error, the length grows by the tag. `pointer` and `function` are
    the addresses of context and function, valid while this object is.
    """

    def __init__(self, session: Session, tag: int, sealing: Sealing | None = None) -> None:
        self.session = session
        self.tag = tag
        self._sealing = sealing
        if sealing is None:
            self.context, self.in_place, self.function = cast(Any, session)._srtp[0], _protect, _protect_at
            self.pointer = int(ffi.cast("uintptr_t", self.context))
        else:
            self.context, self.in_place, self.function = sealing.context, sealing.seal, sealing.function
            self.pointer = sealing.pointer

    def protect(self, data: bytes) -> bytes | None:
        """The SRTP packet of an RTP packet; None when it cannot be: too long, or too old for libsrtp."""
        size = len(data)
        if size + _GCM_TAG > _LONGEST:
            return None
        _plain[0:size] = data
        _size[0] = size
        return None if self.in_place(self.context, _buffer, _size) else _plain[0 : _size[0]]


class Inbound:
    """What decrypts the packets of one peer, over one buffer for everybody: pylibsrtp makes one per packet.

    `function(pointer, packet, int*)` does it for media in place; addresses as in `Outbound`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._context = cast(Any, session)._srtp[0]
        self.pointer, self.function = int(ffi.cast("uintptr_t", self._context)), _unprotect_at

    def media(self, data: bytes) -> bytes | None:
        """The RTP packet in an SRTP packet; None when it is forged, a repetition, or too long."""
        return self._unprotect(_unprotect, data)

    def control(self, data: bytes) -> bytes | None:
        """The compound packet in an SRTCP packet; None likewise."""
        return self._unprotect(_unprotect_control, data)

    def _unprotect(self, function: Callable[..., int], data: bytes) -> bytes | None:
        size = len(data)
        if size > _LONGEST:
            return None
        _plain[0:size] = data
        _size[0] = size
        return None if function(self._context, _buffer, _size) else _plain[0 : _size[0]]


def keyed(profile: SRTPProtectionProfile, material: bytes, window: int, *, client: bool) -> tuple[Inbound, Outbound]:
    """Both directions of an association, we being the server or the `client`, from the `material` it exported (RFC 5764
    §4.2). `window`: what is sent may be so many packets older than the newest; libsrtp shifts all of it at every
    packet."""
    theirs, ours = (1, 0) if client else (0, 1)
    inbound = Inbound(Session(_policy(profile, profile.get_key_and_salt(material, theirs), _WINDOW, sends=False)))
    key = profile.get_key_and_salt(material, ours)
    return inbound, _encrypting(Session(_policy(profile, key, window)), profile.openssl_profile, key)


def rehearsals() -> Iterator[tuple[Outbound, Session]]:
    """For every profile something that encrypts, and a session that gives the bytes it must give."""
    for profile in SRTP_PROFILES:
        key = os.urandom(profile.key_length + profile.salt_length)
        ours, theirs = (Session(_policy(profile, key, _WINDOW)) for _ in range(2))
        yield _encrypting(ours, profile.openssl_profile, key), theirs


def _policy(profile: SRTPProtectionProfile, key: bytes, window: int, *, sends: bool = True) -> Policy:
    kind = Policy.SSRC_ANY_OUTBOUND if sends else Policy.SSRC_ANY_INBOUND
    policy = Policy(key, kind, 0, profile.libsrtp_profile)
    policy.allow_repeat_tx = True
    policy.window_size = window
    return policy


def _encrypting(session: Session, profile: bytes, master: bytes) -> Outbound:
    if profile in _TAG:
        return Outbound(session, _TAG[profile])
    return Outbound(session, _GCM_TAG, Sealing(master) if possible() else None)
