"""DTLS and SRTP (RFC 5764). The one file that touches privates: aiortc 1.16.0's transport, pylibsrtp 1.0.0's library.

aiortc makes the handshake over a stub of an ICE transport; after it, media goes past aiortc, straight through libsrtp.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

import pylibsrtp
from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]  # a compiled module without stubs

memory = ffi
"""cffi's maker of C buffers, the kind `protect_in_place` takes."""
SrtpError = pylibsrtp.Error
protect_in_place = lib.srtp_protect
"""`(context, pointer, int*) -> 0 or an error`: encrypts in place, the length grows by the tag; 0.8 µs."""

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
    """What encrypts the packets to one peer: `context` for `protect_in_place`, `tag` bytes longer afterwards."""

    def __init__(self, session: Session, tag: int) -> None:
        self.session = session
        self.context = cast(Any, session)._srtp[0]
        self.tag = tag


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
    """The DTLS association with one peer, we being the server. `inbound` and `outbound` are there once it is up."""

    def __init__(
        self, certificate: Certificate, fingerprints: list[tuple[str, str]], send: Callable[[bytes], None]
    ) -> None:
        self.inbound: Session | None = None
        self.outbound: Outbound | None = None
        self._pipe = _Pipe(send)
        self._fingerprints = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints]
        self._transport = RTCDtlsTransport(cast(Any, self._pipe), [certificate.own])
        self._transport._set_role("server")

    def feed(self, data: bytes) -> None:
        """Take a DTLS datagram of the peer."""
        if self._pipe.queue.qsize() < QUEUED:
            self._pipe.queue.put_nowait(data)

    async def open(self, ended: Callable[[], None]) -> bool:
        """Shake hands; whether it came up with the fingerprint of the offer. `ended` is called when the peer closes."""
        await self._transport.start(RTCDtlsParameters(fingerprints=self._fingerprints))
        if self._transport.state != "connected":
            return False
        profile = cast(Any, self._transport._ssl).get_selected_srtp_profile()
        self.inbound = self._transport._rx_srtp
        self.outbound = Outbound(self._transport._tx_srtp, _TAG.get(profile, _GCM_TAG))
        self._transport.on("statechange", lambda: ended() if self._transport.state == "closed" else None)
        return True

    async def close(self) -> None:
        """Say goodbye (close_notify) and end a handshake under way."""
        self._transport.remove_all_listeners()
        await self._transport.stop()
        self.inbound = self.outbound = None
        self._pipe.queue.put_nowait(None)


def fast_path_holds() -> bool:
    """Whether `protect_in_place` gives the bytes of `Session.protect` for every profile: asked once at start."""
    packet = b"\x80\x60" + os.urandom(1198)
    for profile in SRTP_PROFILES:
        key = os.urandom(profile.key_length + profile.salt_length)
        policies = [Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, profile.libsrtp_profile) for _ in range(2)]
        outbound = Outbound(Session(policies[0]), _TAG.get(profile.openssl_profile, _GCM_TAG))
        buffer, length = ffi.new("char[]", 1500), ffi.new("int *", len(packet))
        ffi.buffer(buffer)[0 : len(packet)] = packet
        failed = protect_in_place(outbound.context, buffer, length)
        if failed or length[0] != len(packet) + outbound.tag:
            return False
        if ffi.buffer(buffer)[0 : length[0]] != Session(policies[1]).protect(packet):
            return False
    return True
