"""One browser's connection: ICE-lite, DTLS, SRTP. What it carries goes to its owner, a viewer or a publication."""

import asyncio
import logging
import secrets
from typing import Protocol

from media.answer import Local
from media.dtls import Association, Certificate, Outbound, SrtpError
from media.mux import Mux
from media.stun import Address

log = logging.getLogger(__name__)

CONSENT = 35.0
"""Seconds without a proof of life after which a peer is gone: a network cut of 30 s is survived (RFC 7675 says 30)."""
PATIENCE = 15.0
"""Seconds a peer may take to connect."""
PATHS = 8
"""Addresses of one peer we listen to at a time."""

_FAREWELLS: set[asyncio.Task[None]] = set()
"""The loop itself keeps no task alive."""


class Owner(Protocol):
    """Whom a peer belongs to."""

    def connected(self) -> None:
        """Media can flow."""

    def moved(self) -> None:
        """`peer.address` is another one now."""

    def received(self, data: bytes) -> None:
        """A packet came, decrypted."""

    def reported(self, data: bytes) -> None:
        """A compound packet came, decrypted."""

    def hung_up(self) -> None:
        """The browser closed DTLS, or the handshake failed."""


class Peer:
    """Knows where its browser is and how to talk to it. `seen`: the loop's time of the last authenticated datagram."""

    def __init__(
        self, mux: Mux, certificate: Certificate, addresses: tuple[str, ...], fingerprints: list[tuple[str, str]]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._mux = mux
        self._owner: Owner | None = None
        self._task: asyncio.Task[None] | None = None
        self._association = Association(certificate, fingerprints, self.send)
        self._paths: list[Address] = []
        self._addresses = addresses
        self._fingerprint = certificate.fingerprint
        self.address: Address | None = None
        self.up = self.closed = False
        self.begun = self.seen = self._loop.time()
        self._old_ufrag: str | None = None
        self.local = self._mint()

    @property
    def outbound(self) -> Outbound | None:
        """What encrypts to this peer, once it is up."""
        return self._association.outbound

    def listen(self, owner: Owner) -> None:
        """Let the browser come; from now on `owner` is told."""
        self._owner = owner
        self._mux.admit(self.local.ufrag, self.local.password, self)

    def restart(self) -> Local:
        """New ICE credentials for the same DTLS association; the old ones serve until the new are used."""
        self._old_ufrag, self.local = self.local.ufrag, self._mint()
        self._mux.admit(self.local.ufrag, self.local.password, self)
        return self.local

    def overdue(self, now: float) -> bool:
        """Whether the browser must be given up at loop time `now`."""
        return now - self.seen > CONSENT or (not self.up and now - self.begun > PATIENCE)

    def send(self, data: bytes) -> None:
        """Send one datagram to where the browser is."""
        if self.address is not None:
            self._mux.send(data, self.address)

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send a compound packet; nothing happens before the peer is up."""
        if self.outbound is not None:
            self.send(self.outbound.session.protect_rtcp(data))

    def close(self) -> None:
        """Forget the browser and tell it so."""
        if self.closed:
            return
        self.closed = True
        self._owner = None
        for ufrag in filter(None, (self.local.ufrag, self._old_ufrag)):
            self._mux.dismiss(ufrag)
        for path in self._paths:
            self._mux.forget(path, self)
        self._paths.clear()
        farewell = self._loop.create_task(self._association.close())
        _FAREWELLS.add(farewell)
        farewell.add_done_callback(_FAREWELLS.discard)

    def checked(self, ufrag: str, address: Address, nominated: bool) -> None:
        """A proven binding request: listen to `address`, and speak to it when it is the first or the nominated one."""
        self.seen = self._loop.time()
        if self._old_ufrag and ufrag == self.local.ufrag:
            self._mux.dismiss(self._old_ufrag)
            self._old_ufrag = None
        if address not in self._paths:
            self._mux.route(address, self)
            self._paths.append(address)
            if len(self._paths) > PATHS:
                oldest = next(path for path in self._paths if path != self.address)
                self._paths.remove(oldest)
                self._mux.forget(oldest, self)
        if self.address is None:
            self.address = address
            self._task = self._loop.create_task(self._shake_hands())
        elif nominated and address != self.address:
            self.address = address
            if self._owner is not None:
                self._owner.moved()

    def dtls(self, data: bytes) -> None:
        """A DTLS datagram came."""
        self._association.feed(data)

    def srtp(self, data: bytes) -> None:
        """An SRTP packet came."""
        session = self._association.inbound
        if session is None or self._owner is None:
            return
        try:
            plain = session.unprotect(data)
        except (SrtpError, ValueError):
            self._mux.counters.forged += 1
            return
        self.seen = self._loop.time()
        self._owner.received(plain)

    def srtcp(self, data: bytes) -> None:
        """An SRTCP packet came."""
        session = self._association.inbound
        if session is None or self._owner is None:
            return
        try:
            plain = session.unprotect_rtcp(data)
        except (SrtpError, ValueError):
            self._mux.counters.forged += 1
            return
        self.seen = self._loop.time()
        self._owner.reported(plain)

    async def _shake_hands(self) -> None:
        self.up = await self._association.open(self._hang_up)
        if self._owner is not None:
            if self.up:
                self._owner.connected()
            else:
                self._owner.hung_up()

    def _hang_up(self) -> None:
        if self._owner is not None:
            self._owner.hung_up()

    def _mint(self) -> Local:
        return Local(secrets.token_hex(4), secrets.token_hex(12), self._fingerprint, self._addresses, self._mux.port)
