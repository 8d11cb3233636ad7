"""One real connection of a test client: a UDP socket, full ICE to a lite agent (RFC 8445), DTLS, SRTP.

Hand-written where a hundred of them have to be cheap; DTLS and the SRTP keys are aiortc's.
"""

import asyncio
import hashlib
import hmac
import random
import secrets
import socket
import struct
import zlib
from collections import deque
from collections.abc import Callable
from functools import cache

import msgspec
import pylibsrtp
from aioice import stun
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

from tests.media.framed import Framed
from tests.media.sdp import Answer

COOKIE = 0x2112A442
REQUEST, SUCCESS = 0x0001, 0x0101
CHECK, AGAIN, CONSENT = 0.05, 0.5, 2.5
"""Seconds to the next check while connecting, after an unanswered one, after an answered one (as Chromium does)."""
READS, EARLY = 64, 1024


@cache
def certificate() -> RTCCertificate:
    """The one certificate of all clients of this process."""
    return RTCCertificate.generateCertificate()


def fingerprint() -> str:
    """The `sha-256 AA:BB…` of the certificate, for an offer."""
    return next(f"sha-256 {f.value}" for f in certificate().getFingerprints() if f.algorithm == "sha-256")


def binding_request(transaction: bytes, username: str, password: str) -> bytes:
    """A nominating check with integrity and fingerprint (RFC 8489 §14, RFC 8445 §7.1)."""
    name = username.encode()
    attributes = (
        struct.pack("!HH", 0x0006, len(name)) + name + bytes(-len(name) % 4)
        + struct.pack("!HHI", 0x0024, 4, 2130706431)
        + struct.pack("!HHQ", 0x802A, 8, 1)
        + struct.pack("!HH", 0x0025, 0)
    )  # fmt: skip
    head = struct.pack("!HHI", REQUEST, len(attributes) + 24, COOKIE) + transaction
    integrity = hmac.digest(password.encode(), head + attributes, hashlib.sha1)
    attributes += struct.pack("!HH", 0x0008, 20) + integrity
    head = struct.pack("!HHI", REQUEST, len(attributes) + 8, COOKIE) + transaction
    checksum = zlib.crc32(head + attributes) ^ 0x5354554E
    return head + attributes + struct.pack("!HHI", 0x8028, 4, checksum)


class Link:
    """`media` is called with every SRTP or SRTCP datagram; `loss` (0…1) throws that share of them away first,
    `unsent` that share of the reports we send.

    `ipv6`, `tcp`: take the peer's candidate of that family, of that transport. `gone` is set when DTLS has ended or
    the peer answered no check for `patience` seconds (even if it comes back).
    """

    role, state = "controlling", "completed"  # what RTCDtlsTransport asks of an ICE transport

    def __init__(
        self, media: Callable[[bytes], None], *, loss: float = 0.0, seed: int = 1, patience: float = 5.0,
        ipv6: bool = False, tcp: bool = False,
    ) -> None:  # fmt: skip
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(12)
        self.loss, self.unsent = loss, 0.0
        self.online, self.closed = True, False
        self.gone = asyncio.Event()
        self._media = media
        self._patience = patience
        self._ipv6, self._tcp = ipv6, tcp
        self._heard = 0.0
        self._answered = True
        self._dice = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._early: deque[bytes] = deque(maxlen=EARLY)
        self._checked = asyncio.Event()
        self._checks: asyncio.Handle | None = None
        self._transaction = b""
        self._peer: tuple[str, int] = ("", 0)
        self._answer: Answer | None = None
        self._socket: socket.socket | Framed = self._open_socket()
        self._dtls = RTCDtlsTransport(self, [certificate()])  # type: ignore[arg-type]
        self._dtls.on("statechange", self._see_dtls)

    @property
    def port(self) -> int:
        """The local UDP port."""
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    @property
    def srtp(self) -> tuple[pylibsrtp.Session, pylibsrtp.Session]:
        """The (receiving, sending) SRTP sessions; connected links only."""
        return self._dtls._rx_srtp, self._dtls._tx_srtp

    async def connect(self, answer: Answer) -> None:
        """ICE, then DTLS. Raises ConnectionError when the peer does not agree; endless when it is silent."""
        self._answer = answer
        offered = answer.tcp_candidates if self._tcp else answer.candidates
        self._peer = next(place for place in offered if (":" in place[0]) == self._ipv6)
        if self._tcp:
            await self._dial()
        self._check()
        await self._checked.wait()
        self._dtls._set_role("server" if answer.active else "client")
        fingerprints = [RTCDtlsFingerprint(*answer.fingerprint)]
        await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if self._dtls.state != "connected":
            raise ConnectionError(f"DTLS is {self._dtls.state}")
        while self._early:
            self._take_media(self._early.popleft())

    def restart(self, ufrag: str, peer_ufrag: str, peer_pwd: str) -> None:
        """Go on with new ICE credentials (RFC 8445 §9)."""
        assert self._answer is not None
        self.ufrag = ufrag
        self._answer = msgspec.structs.replace(self._answer, ufrag=peer_ufrag, pwd=peer_pwd)
        self._check()

    def roam(self) -> None:
        """Go on from another local port, as a phone that changes networks does."""
        self._close_socket()
        self._socket = self._open_socket()
        self._check()

    def drain_every(self, seconds: float) -> None:
        """Read the socket at intervals from now on, instead of being woken by every datagram.

        On loopback the sender's CPU pays for waking a sleeping receiver, dearly on a virtual machine; over a network
        it does not. Benches that count the sender's CPU want this.
        """
        if not self.closed:
            self._loop.remove_reader(self._socket)
            self._readable(self._socket)
            self._loop.call_later(seconds, self.drain_every, seconds)

    def pause(self) -> None:
        """Read nothing more, as a phone on a slow network."""
        self._loop.remove_reader(self._socket)

    def go_on(self) -> None:
        """Read again."""
        self._loop.add_reader(self._socket, self._readable, self._socket)

    def cut(self, seconds: float) -> None:
        """Lose the network for so long: nothing goes out, nothing comes in."""
        self.online = False
        self._loop.call_later(seconds, self._back)

    def send_media(self, rtp: bytes) -> None:
        """Protect and send one RTP packet."""
        self._send_now(self._dtls._tx_srtp.protect(rtp))

    def send_rtcp(self, rtcp: bytes) -> None:
        """Protect and send one compound RTCP packet."""
        if not self.unsent or self._dice.random() >= self.unsent:
            self._send_now(self._dtls._tx_srtp.protect_rtcp(rtcp))

    def send_raw(self, datagram: bytes) -> None:
        """Send anything, as it is."""
        self._send_now(datagram)

    async def close(self) -> None:
        """Say goodbye in DTLS and free the port."""
        if self.closed:
            return
        if self._checks is not None:
            self._checks.cancel()
        self._inbox.put_nowait(None)
        await self._dtls.stop()
        self.closed = True
        self._close_socket()

    async def _recv(self) -> bytes:
        data = await self._inbox.get()
        if data is None:
            raise ConnectionError("the link is closed")
        return data

    async def _send(self, data: bytes) -> None:
        self._send_now(data)

    def _see_dtls(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.gone.set()

    def _back(self) -> None:
        self.online = True
        if not self.closed:
            self._check()

    def _send_now(self, datagram: bytes) -> None:
        if self.online and not self.closed:
            try:
                self._socket.sendto(datagram, self._peer)
            except BlockingIOError:
                return  # as on a network: it is gone

    async def _dial(self) -> None:
        """Leave UDP for a connection to the peer (RFC 6544, we being active)."""
        self._close_socket()
        self._socket = await Framed.connect(self._peer)
        self._loop.add_reader(self._socket, self._readable, self._socket)

    def _open_socket(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET6 if self._ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        opened.bind(("", 0))
        self._loop.add_reader(opened, self._readable, opened)
        return opened

    def _close_socket(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _check(self) -> None:
        """Send a check, the same one until it is answered, and plan the next."""
        if self._checks is not None:
            self._checks.cancel()
        assert self._answer is not None
        if self._answered:
            self._transaction, self._answered = secrets.token_bytes(12), False
        username = f"{self._answer.ufrag}:{self.ufrag}"
        self._send_now(binding_request(self._transaction, username, self._answer.pwd))
        self._checks = self._loop.call_later(AGAIN if self._checked.is_set() else CHECK, self._check)
        if self._checked.is_set() and self._loop.time() - self._heard > self._patience:
            self.gone.set()

    def _readable(self, source: socket.socket | Framed) -> None:
        for _ in range(READS):
            try:
                data = source.recv(2048)
            except BlockingIOError:
                return
            if data:
                self.take(data)
            if self._socket is not source:
                return

    def take(self, data: bytes) -> None:
        """A datagram from the peer, read here or by somebody who reads for many (after `pause()`)."""
        if not self.online:
            return
        if data[0] >= 128:
            self._take_media(data)
        elif data[0] >= 20:
            self._inbox.put_nowait(data)
        else:
            self._take_stun(data)

    def _take_media(self, data: bytes) -> None:
        """Media that overtakes our own handshake task waits for it, as it does in a browser, which has one thread."""
        if self._dtls.state != "connected":
            self._early.append(data)
        elif not self.loss or self._dice.random() >= self.loss:
            self._media(data)

    def _take_stun(self, data: bytes) -> None:
        kind, _, cookie = struct.unpack_from("!HHI", data)
        if kind == REQUEST and self._answer is not None:
            self._send_now(self._binding_answer(data))
        if kind == SUCCESS and cookie == COOKIE and data[8:20] == self._transaction:
            self._heard, self._answered = self._loop.time(), True
            self._checked.set()
            if self._checks is not None:
                self._checks.cancel()
            self._checks = self._loop.call_later(CONSENT * self._dice.uniform(0.8, 1.2), self._check)

    def _binding_answer(self, request: bytes) -> bytes:
        """What a full agent answers; a lite one (the relay) never asks."""
        message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request[8:20])
        message.attributes["XOR-MAPPED-ADDRESS"] = self._peer
        message.add_message_integrity(self.pwd.encode())
        message.add_fingerprint()
        return bytes(message)
