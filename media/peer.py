"""One browser's connection: ICE-lite, DTLS, SRTP. What it carries goes to its owner, a viewer or a publication."""

import asyncio
import logging
import secrets
from typing import Protocol

from media.answer import Local
from media.dtls import Association, Certificate
from media.mux import Mux, Place
from media.packet import LATE
from media.sdp import Offer
from media.srtp import Inbound, Outbound
from media.stream import Stream

log = logging.getLogger(__name__)

CONSENT = 35.0
"""Seconds without a proof of life after which a peer is gone: a network cut of 30 s is survived (RFC 7675 says 30)."""
PATIENCE = 15.0
"""Seconds a peer may take to connect."""
ALLOWANCE = 4000
"""Packets of one peer that are decrypted in a second, at most: a browser sends some hundred. Whoever can write a
browser's address on datagrams makes the relay do no more work than that (OWASP ASVS 5.0 V17.2)."""
WINDOW = 1024
"""Packets a repetition may be old, where it goes out as the packet was (without RTX)."""
PATHS = 8
"""Addresses of one peer we listen to at a time."""


class Owner(Protocol):
    """Whom a peer belongs to."""

    def connected(self) -> None:
        """Media can flow."""

    def moved(self) -> None:
        """`peer.address` is another one now."""

    def received(self, data: bytes, at: float) -> None:
        """A packet came at loop time `at`, decrypted."""

    def reported(self, data: bytes) -> None:
        """A compound packet came, decrypted."""

    def relieved(self) -> None:
        """What was too much for the way to the browser was dropped; now it takes more."""

    def hung_up(self) -> None:
        """The browser closed DTLS, or the handshake failed."""


class Peer:
    """Knows where its browser is and how to talk to it. `seen`: the loop's time of the last authenticated datagram;
    `remote`: the browser's ICE user fragment, by which a restart is told from further candidates."""

    def __init__(self, mux: Mux, certificate: Certificate, addresses: tuple[str, ...], offer: Offer) -> None:
        self._loop = asyncio.get_running_loop()
        self._mux = mux
        self._owner: Owner | None = None
        window = LATE if all(form.rtx is not None for form in offer.formats("video")) else WINDOW
        self._association = Association(certificate, offer.fingerprints, self.send, window)
        self.remote = offer.ufrag
        self._paths: list[Place] = []
        self._addresses = addresses
        self._fingerprint = certificate.fingerprint
        self.address: Place | None = None
        self.up = self.closed = False
        self.allowance = ALLOWANCE
        self.begun = self.seen = self._loop.time()
        self._old_ufrag: str | None = None
        self.local = self._mint()

    @property
    def inbound(self) -> Inbound | None:
        """What decrypts what this peer sends, once it is up."""
        return self._association.inbound

    @property
    def outbound(self) -> Outbound | None:
        """What encrypts to this peer, once it is up."""
        return self._association.outbound

    def listen(self, owner: Owner) -> None:
        """Let the browser come; from now on `owner` is told."""
        self._owner = owner
        self._mux.admit(self.local.ufrag, self.local.password, self)

    def restart(self, remote: str) -> Local:
        """New ICE credentials for the same DTLS association; the old ones serve until the new are used."""
        self.remote = remote
        if self._old_ufrag:
            self._mux.dismiss(self.local.ufrag)  # a restart before the last one was used: that one is void
        else:
            self._old_ufrag = self.local.ufrag
        self.local = self._mint()
        self._mux.admit(self.local.ufrag, self.local.password, self)
        return self.local

    def replenish(self) -> None:
        """Another second has begun."""
        self.allowance = ALLOWANCE

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
        paths, self._paths = self._paths, []
        self._association.close()
        for path in paths:
            self._mux.forget(path, self)
            _hang_up(path)

    def checked(self, ufrag: str, address: Place, nominated: bool) -> None:
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
                _hang_up(oldest)
        if self.address is None:
            self.address = address
            self._association.open(self._connected, self._hang_up)
        elif address != self.address and (nominated or _is_over(self.address)):
            self.address = address
            if self._owner is not None:
                self._owner.moved()

    def relieved(self, stream: Stream) -> None:
        """See `mux.Party`."""
        if stream is self.address and self._owner is not None:
            self._owner.relieved()

    def left(self, stream: Stream) -> None:
        """See `mux.Party`: the browser comes back over another one, or on another way."""
        if stream in self._paths:
            self._paths.remove(stream)

    def dtls(self, data: bytes) -> None:
        """A DTLS datagram came."""
        if self._affords():
            self._association.feed(data)

    def srtp(self, data: bytes) -> None:
        """An SRTP packet came."""
        inbound = self._association.inbound
        if inbound is None or self._owner is None or not self._affords():
            return
        plain = inbound.media(data)
        if plain is None:
            self._mux.counters.forged += 1
            return
        self.decrypted(plain, self._loop.time())

    def decrypted(self, data: bytes, at: float) -> None:
        """See `fast_path.Source`."""
        if self._owner is not None:
            self.seen = at
            self._owner.received(data, at)

    def srtcp(self, data: bytes) -> None:
        """An SRTCP packet came."""
        inbound = self._association.inbound
        if inbound is None or self._owner is None or not self._affords():
            return
        plain = inbound.control(data)
        if plain is None:
            self._mux.counters.forged += 1
            return
        self.seen = self._loop.time()
        self._owner.reported(plain)

    def _connected(self) -> None:
        self.up = True
        if self._owner is not None:
            self._owner.connected()

    def _hang_up(self) -> None:
        if self._owner is not None:
            self._owner.hung_up()

    def _affords(self) -> bool:
        if self.allowance:
            self.allowance -= 1
            return True
        self._mux.counters.flooded += 1
        return False

    def _mint(self) -> Local:
        ufrag, password, mux = secrets.token_hex(4), secrets.token_hex(12), self._mux
        return Local(ufrag, password, self._fingerprint, self._addresses, mux.port, mux.tcp)


def _hang_up(path: Place) -> None:
    if isinstance(path, Stream):
        path.close()


def _is_over(path: Place) -> bool:
    return isinstance(path, Stream) and path.closed
