"""One of a crowd: real HTTP, ICE and DTLS, and a receiver report every second.

A crowd shares a core, and what is measured is the relay: so its members shake hands as the relay's own edges do, in the
call that brings the datagram, with one certificate for all of them.
"""

import asyncio
import random
import secrets
import socket
import time
from functools import cache

from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from media import stun
from media.dtls import Association, Certificate
from media.packet import LATE
from tests.bench.crowd.door import Ask
from tests.bench.crowd.sweep import Books, Stream, Sweep
from tests.media.sdp import Answer, Local, offer

REPORT = 1.0
CHECK, CONSENT = 0.05, 2.5
"""Seconds to the next check while connecting, and afterwards (as Chromium does)."""
_BUFFER, _DATAGRAM = 1 << 20, 2048


@cache
def certificate() -> Certificate:
    """The one of all members."""
    return Certificate()


class Member:
    """`joined` is how many seconds the way from the POST to the end of DTLS took, None before that."""

    def __init__(self, ask: Ask, token: str) -> None:
        self._ask, self._token = ask, token
        self.joined: float | None = None
        self.books: Books | None = None
        self._told: dict[int, tuple[int, int]] = {}
        self._received = 0
        self._loop = asyncio.get_running_loop()
        self._up: asyncio.Future[None] = self._loop.create_future()
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)
        self._checks: asyncio.TimerHandle | None = None
        self._transaction = b""
        self._checked = False

    async def join(self, sweep: Sweep, timeout: float = 20.0) -> None:
        """Come in; from then on the sweep reads. Raises as `Ask` does, TimeoutError, and ConnectionError when DTLS does
        not come up."""
        began = time.monotonic()
        self._socket = self._opened()
        port = self._socket.getsockname()[1]
        local = Local(self._ufrag, self._password, f"sha-256 {certificate().fingerprint}", port=port)
        async with asyncio.timeout(timeout):
            self._answer = await self._ask(offer(local, "H264"), self._token)
            self._call(self._answer)
            await self._up
        self.joined = time.monotonic() - began
        self._loop.remove_reader(self._socket)
        self.books = sweep.enter(self._socket.fileno(), self._take)
        self._report()

    @property
    def streams(self) -> list[Stream]:
        """What is counted, by SSRC."""
        return [one for one in self.books.streams if one.received] if self.books else []

    def progressed(self) -> bool:
        """Whether anything came since this was asked last."""
        before, self._received = self._received, sum(one.received for one in self.streams)
        return self._received > before

    def _opened(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        opened.bind(("", 0))
        return opened

    def _call(self, answer: Answer) -> None:
        self._peer = next(place for place in answer.candidates if ":" not in place[0])
        self._association = Association(certificate(), [answer.fingerprint], self._send, LATE, client=not answer.active)
        self._loop.add_reader(self._socket, self._readable)
        self._check()

    def _check(self) -> None:
        if not self._transaction:
            self._transaction = secrets.token_bytes(12)
        username = f"{self._answer.ufrag}:{self._ufrag}"
        self._send(stun.check(self._transaction, username, stun.Key(self._answer.pwd.encode())))
        pause = CONSENT * random.uniform(0.8, 1.2) if self._checked else CHECK
        self._checks = self._loop.call_later(pause, self._check)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._peer)
        except BlockingIOError:
            return  # as on a network: it is gone

    def _readable(self) -> None:
        while not self._up.done():  # afterwards the sweep reads on
            try:
                self._take(self._socket.recv(_DATAGRAM))
            except BlockingIOError:
                return

    def _take(self, data: bytes) -> None:
        """A datagram that is not media."""
        if 20 <= data[0] < 64:
            self._association.feed(data)
        elif data[0] < 4:
            self._take_stun(data)

    def _take_stun(self, data: bytes) -> None:
        if self._transaction and stun.answered(data) == self._transaction:
            self._transaction = b""
            if not self._checked and self._checks is not None:
                self._checked = True
                self._checks.cancel()
                self._checks = self._loop.call_later(CONSENT, self._check)
                self._association.open(self._connected, self._ended)
        elif request := stun.parse(data):  # a full agent asks, too
            self._send(stun.answer(request, self._peer, stun.Key(self._password.encode())))

    def _connected(self) -> None:
        if not self._up.done():
            self._up.set_result(None)

    def _ended(self) -> None:
        if not self._up.done():
            self._up.set_exception(ConnectionError("DTLS did not come up"))

    def _report(self) -> None:
        self._loop.call_later(REPORT, self._report)
        if self._association.outbound is not None:
            report = bytes(RtcpRrPacket(ssrc=1, reports=[self._of(one) for one in self.streams]))
            self._send(self._association.outbound.session.protect_rtcp(report))

    def _of(self, stream: Stream) -> RtcpReceiverInfo:
        expected, received = stream.highest - stream.first + 1, stream.received
        span, got = expected - self._told.get(stream.ssrc, (0, 0))[0], received - self._told.get(stream.ssrc, (0, 0))[1]
        self._told[stream.ssrc] = expected, received
        return RtcpReceiverInfo(
            ssrc=stream.ssrc, fraction_lost=max(0, min(255, (span - got) * 256 // max(1, span))),
            packets_lost=max(0, stream.missed), highest_sequence=stream.highest, jitter=0, lsr=0, dlsr=0,
        )  # fmt: skip
