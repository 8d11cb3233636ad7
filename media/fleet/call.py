"""A connection that we open to another relay: full ICE to a lite agent (RFC 8445), DTLS as the client, SRTP.

Each has a socket of its own: datagrams of several seats come from one address of the other relay's.
"""

import asyncio
import secrets
import socket
from collections import deque

from media import stun
from media.dtls import Association, Certificate
from media.fleet.whep import Answer
from media.packet import LATE
from media.peer import Owner

CHECK, CONSENT = 0.05, 0.5
"""Seconds between two checks before the first answer, and after it."""
LOST = 2.5
"""Seconds without a proof of life after which the other relay is given up."""
PATIENCE = 2.5
"""Seconds for connecting."""
_BURST, _DATAGRAM, _BUFFER = 64, 2048, 4 << 20
_EARLY = 1024


class Call:
    """What a publication has for a peer, the other way round. `over` is set when it has ended."""

    def __init__(self, certificate: Certificate) -> None:
        self._loop = asyncio.get_running_loop()
        self._certificate = certificate
        self._association: Association | None = None
        self._socket: socket.socket | None = None
        self._owner: Owner | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._checks: dict[bytes, tuple[str, int]] = {}
        self._met = asyncio.Event()
        self._early: deque[bytes] = deque(maxlen=_EARLY)
        self._answer: Answer | None = None
        self._up: asyncio.Future[bool] = self._loop.create_future()
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.seen = self._loop.time()
        self.over = asyncio.Event()

    async def connect(self, answer: Answer) -> bool:
        """ICE with whichever candidate answers first, then DTLS; whether it came up with the answer's fingerprint."""
        self._answer = answer
        candidates = [place for place in answer.candidates if ":" not in place[0]] or answer.candidates
        self._socket = self._opened(socket.AF_INET6 if ":" in candidates[0][0] else socket.AF_INET)
        association = Association(self._certificate, answer.fingerprints, self.send, LATE, client=True)
        self._association = association
        self._check(candidates)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._met.wait()
                association.open(self._connected, self._hang_up)
                return await self._up
        except TimeoutError:
            return False

    def listen(self, owner: Owner) -> None:
        """See `publication.Way`."""
        self._owner = owner

    def overdue(self, now: float) -> bool:
        """See `publication.Way`."""
        return now - self.seen > LOST

    def send(self, data: bytes) -> None:
        """Send one datagram; one that the kernel does not take is lost."""
        if self._socket is None:
            return
        try:
            self._socket.send(data)
        except BlockingIOError:
            return
        except OSError:  # nobody listens there any more
            self._hang_up()

    def send_rtcp(self, data: bytes) -> None:
        """See `publication.Way`."""
        outbound = self._association.outbound if self._association else None
        if outbound is not None:
            self.send(outbound.session.protect_rtcp(data))

    def close(self) -> None:
        """Hang up, and tell the other relay."""
        if self.over.is_set():
            return
        self.over.set()
        self._owner = None
        if self._timer is not None:
            self._timer.cancel()
        if not self._up.done():
            self._up.set_result(False)
        if self._association is not None:
            self._association.close()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _opened(self, family: socket.AddressFamily) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        opened.bind(("", 0))
        self._loop.add_reader(opened, self._readable, opened)
        return opened

    def _check(self, candidates: list[tuple[str, int]]) -> None:
        """Ask every candidate until one answers, then that one for its consent (RFC 7675)."""
        if self._socket is None or self._answer is None:
            return
        if len(self._checks) > _BURST:
            self._checks.clear()
        username, key = f"{self._answer.ufrag}:{self.ufrag}", stun.Key(self._answer.password)
        for place in candidates if not self._met.is_set() else ():
            transaction = secrets.token_bytes(12)
            self._checks[transaction] = place
            try:
                self._socket.sendto(stun.check(transaction, username, key), place)
            except OSError:  # no way there, or full: another one, or later
                continue
        if self._met.is_set():
            transaction = secrets.token_bytes(12)
            self._checks[transaction] = ("", 0)
            self.send(stun.check(transaction, username, key))
        pause = CONSENT if self._met.is_set() else CHECK
        self._timer = self._loop.call_later(pause, self._check, candidates)

    def _readable(self, opened: socket.socket) -> None:
        for _ in range(_BURST):
            try:
                data = opened.recv(_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # nobody listens there: on loopback and in a LAN a dead relay is known at once
                if self._met.is_set():
                    self._hang_up()
                return
            if len(data) > 1:
                self._take(data)
            if self.over.is_set():
                return

    def _take(self, data: bytes) -> None:
        first = data[0]
        if first < 4:
            self._answered(data)
        elif 19 < first < 64 and self._association is not None:
            self._association.feed(data)
        elif 127 < first < 192:
            self._media(data)

    def _answered(self, data: bytes) -> None:
        """An answer to one of our checks; its 96 random bits are proof enough that it saw the question."""
        place = self._checks.pop(stun.answered(data) or b"", None)
        if place is None or self._socket is None:
            return
        self.seen = self._loop.time()
        if not self._met.is_set():
            self._socket.connect(place)
            self._met.set()

    def _media(self, data: bytes) -> None:
        inbound = self._association.inbound if self._association else None
        if inbound is None:  # it has overtaken the end of the handshake
            self._early.append(data)
            return
        if self._owner is None:
            return
        control = 191 < data[1] < 224
        plain = inbound.control(data) if control else inbound.media(data)
        if plain is None:
            return
        self.seen = self._loop.time()
        if control:
            self._owner.reported(plain)
        else:
            self._owner.received(plain, self.seen)

    def _connected(self) -> None:
        if not self._up.done():
            self._up.set_result(True)
        while self._early:
            self._media(self._early.popleft())

    def _hang_up(self) -> None:
        if self._owner is not None:
            self._owner.hung_up()
        self.close()
