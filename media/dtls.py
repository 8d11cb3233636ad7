"""DTLS and SRTP (RFC 5764). The one file that touches privates: aiortc 1.16.0's transport, pylibsrtp 1.0.0's library.

aiortc makes the handshake over a stub of an ICE transport; after it, media goes past aiortc, straight through libsrtp.
That it still does what we believe is proven at every start (`engine`).
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any, cast

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]  # a compiled module without stubs

from media.sealing import Sealing, possible

memory = ffi
"""cffi's maker of C buffers, the kind `Outbound.in_place` takes."""
_protect, _protect_at = lib.srtp_protect, int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))
_unprotect, _unprotect_control = lib.srtp_unprotect, lib.srtp_unprotect_rtcp
_LONGEST = 2048
_buffer, _size = ffi.new("char[]", _LONGEST), ffi.new("int *")
_plain = ffi.buffer(_buffer)

QUEUED = 64
"""Datagrams of a handshake that may wait; more is noise."""

_TAG = {b"SRTP_AES128_CM_SHA1_80": 10}
_GCM_TAG = 16


class Certificate:
    """The relay's self-signed certificate, new at every start."""

    def __init__(self) -> None:
        self.own = RTCCertificate.generateCertificate()
        self.fingerprint = next(one.value for one in self.own.getFingerprints() if one.algorithm == "sha-256")


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
    """What decrypts the packets of one peer, over one buffer for everybody: pylibsrtp makes one per packet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._context = cast(Any, session)._srtp[0]

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


class _Pipe:
    """All that RTCDtlsTransport asks of an ICE transport."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUED + 1)
        self._forward = send

    async def _recv(self) -> bytes:
        data = await self.queue.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._forward(data)


class Association:
    """The DTLS association with one peer, we being the server or the `client`.

    `inbound` and `outbound` are there once it is up. `window`: what is sent may be so many packets older than the
    newest.
    """

    def __init__(
        self,
        certificate: Certificate,
        fingerprints: list[tuple[str, str]],
        send: Callable[[bytes], None],
        window: int,
        *,
        client: bool = False,
    ) -> None:
        self._window = window
        self._client = client
        self.inbound: Inbound | None = None
        self.outbound: Outbound | None = None
        self._pipe = _Pipe(send)
        self._fingerprints = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints]
        self._transport = RTCDtlsTransport(cast(Any, self._pipe), [certificate.own])
        self._transport._set_role("client" if client else "server")

    def feed(self, data: bytes) -> None:
        """Take a DTLS datagram of the peer."""
        if self._pipe.queue.qsize() < QUEUED:
            self._pipe.queue.put_nowait(data)

    async def open(self, ended: Callable[[], None]) -> bool:
        """Shake hands; whether it came up with the fingerprint of the offer. `ended` is called when the peer closes."""
        await self._transport.start(RTCDtlsParameters(fingerprints=self._fingerprints))
        if self._transport.state != "connected":
            return False
        self.inbound = Inbound(self._transport._rx_srtp)
        self.outbound = self._outbound()
        self._transport.on("statechange", lambda: ended() if self._transport.state == "closed" else None)
        return True

    def _outbound(self) -> Outbound:
        """As aiortc makes it, but with our window: libsrtp shifts all of it at every packet."""
        ssl = cast(Any, self._transport._ssl)
        name = ssl.get_selected_srtp_profile()
        profile = next(one for one in SRTP_PROFILES if one.openssl_profile == name)
        material = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        key = profile.get_key_and_salt(material, 0 if self._client else 1)  # RFC 5764 §4.2
        policy = Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, profile.libsrtp_profile)
        policy.allow_repeat_tx = True
        policy.window_size = self._window
        self._transport._tx_srtp = Session(policy)
        return _encrypting(self._transport._tx_srtp, name, key)

    async def close(self) -> None:
        """Say goodbye (close_notify) and end a handshake under way."""
        self._transport.remove_all_listeners()
        await self._transport.stop()
        self.inbound = self.outbound = None
        self._pipe.queue.put_nowait(None)


def _encrypting(session: Session, profile: bytes, master: bytes) -> Outbound:
    if profile in _TAG:
        return Outbound(session, _TAG[profile])
    return Outbound(session, _GCM_TAG, Sealing(master) if possible() else None)


def rehearsals() -> Iterator[tuple[Outbound, Session]]:
    """For every profile something that encrypts, and a session that gives the bytes it must give."""
    for profile in SRTP_PROFILES:
        key = os.urandom(profile.key_length + profile.salt_length)
        policies = [Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, profile.libsrtp_profile) for _ in range(2)]
        yield _encrypting(Session(policies[0]), profile.openssl_profile, key), Session(policies[1])
