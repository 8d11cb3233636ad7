"""DTLS (RFC 6347) for SRTP (RFC 5764), on OpenSSL: a datagram in, datagrams out, in one call (decision 0035)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from aiortc.rtcdtlstransport import X509_DIGEST_ALGORITHMS, certificate_digest, generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from OpenSSL.crypto import X509

from media.srtp import PROFILES, Inbound, Outbound, keyed

MTU = 1200
"""Bytes of a datagram of ours, at most: every path carries so many (RFC 9000 §14)."""
_RECORD, _LENGTH = 13, 11
"""Bytes of a record's header, and where in it the length of the rest stands (RFC 6347 §4.1)."""
_VERSION = 0xFEFD
"""DTLS 1.2, which every browser speaks (RFC 8827 §6.5); 1.3 would go on repeating after the handshake."""
_LABEL = b"EXTRACTOR-dtls_srtp"
_CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"


class Certificate:
    """The relay's self-signed certificate, new at every start, and what all its associations have in common: making
    `context` costs as much as a handshake.

    Nothing of one peer stays in it. No session is remembered, none is resumed: every peer proves its own key. Any
    certificate is taken; whether it is the peer's, the association asks once it has seen the proof.
    """

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        own = generate_certificate(key)
        self.fingerprint = certificate_digest(own, "sha-256")
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_min_proto_version(_VERSION)
        self.context.set_max_proto_version(_VERSION)
        self.context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.context.use_certificate(own)
        self.context.use_privatekey(key)
        self.context.set_cipher_list(_CIPHERS)
        self.context.set_tlsext_use_srtp(b":".join(PROFILES))


class Association:
    """The DTLS association with one peer, we being the server or the `client`. `inbound` and `outbound` are there
    while it is up; `window` is theirs.

    Nothing that a peer sends raises here.
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
        self.inbound: Inbound | None = None
        self.outbound: Outbound | None = None
        self._certificate = certificate
        self._fingerprints = fingerprints
        self._send = send
        self._window = window
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._connection: SSL.Connection | None = None

    def open(self, connected: Callable[[], None], ended: Callable[[], None]) -> None:
        """Shake hands. `connected` is called when it came up with the fingerprint of the offer, `ended` when it did
        not or when the peer closes; neither after `close`."""
        self._connected, self._ended = connected, ended
        self._connection = SSL.Connection(self._certificate.context)
        self._connection.set_ciphertext_mtu(MTU)
        if self._client:
            self._connection.set_connect_state()
            self._shake_hands(self._connection)
        else:
            self._connection.set_accept_state()

    def feed(self, data: bytes) -> None:
        """Take a DTLS datagram of the peer."""
        if self._connection is None or not data:
            return
        self._connection.bio_write(data)
        if self.outbound is None:
            self._shake_hands(self._connection)
        else:
            self._listen(self._connection)

    def close(self) -> None:
        """Say goodbye (close_notify), or end a handshake under way."""
        connection, self._connection = self._connection, None
        self.inbound = self.outbound = None
        self._stop()
        if connection is not None:
            with contextlib.suppress(SSL.Error):  # half a handshake cannot be shut down
                connection.shutdown()
            self._flush(connection)

    def _shake_hands(self, connection: SSL.Connection) -> None:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            self._flush(connection)
            self._wait(connection)
            return
        except SSL.Error:
            self._end()
            return
        profile = PROFILES.get(connection.get_selected_srtp_profile())
        if profile is None or not self._is_peer(connection.get_peer_certificate()):
            self._end()
            return
        self._stop()
        material = connection.export_keying_material(_LABEL, 2 * (profile.key_length + profile.salt_length))
        self.inbound, self.outbound = keyed(profile, material, self._window, client=self._client)
        self._flush(connection)
        if self._connection is connection:  # sending may find out that nobody is there
            self._connected()
        if self._connection is connection:
            self._listen(connection)  # what came together with the end of the handshake, or before it

    def _is_peer(self, certificate: X509 | None) -> bool:
        """Whether all fingerprints of the offer that we can compute are this certificate's, and there is one."""
        known = [(name.lower(), value.upper()) for name, value in self._fingerprints]
        known = [(name, value) for name, value in known if name in X509_DIGEST_ALGORITHMS]
        if certificate is None or not known:
            return False
        return all(certificate.digest(name.replace("-", "")).decode() == value for name, value in known)

    def _listen(self, connection: SSL.Connection) -> None:
        """Read until nothing is left: goodbyes, and the peer's last flight once more because ours was lost."""
        try:
            while True:
                connection.recv(MTU)
        except SSL.ZeroReturnError:
            self._end()
        except SSL.Error:  # nothing left, or nothing that means anything
            self._flush(connection)

    def _end(self) -> None:
        """It failed, which an alert says, or the peer has closed, which is answered."""
        self.close()
        self._ended()

    def _wait(self, connection: SSL.Connection) -> None:
        """Repeat our flight when no answer comes in time (RFC 6347 §4.2.4)."""
        self._stop()
        pause = connection.DTLSv1_get_timeout()
        if pause is not None and self._connection is connection:
            self._timer = self._loop.call_later(pause, self._repeat, connection)

    def _repeat(self, connection: SSL.Connection) -> None:
        try:
            connection.DTLSv1_handle_timeout()
        except SSL.Error:  # repeated too often
            self._end()
            return
        self._flush(connection)
        self._wait(connection)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self, connection: SSL.Connection) -> None:
        for datagram in _datagrams(_written(connection)):
            self._send(datagram)


def _written(connection: SSL.Connection) -> bytes:
    """What OpenSSL wants to be sent, all records one after another."""
    parts = []
    try:
        while True:
            parts.append(connection.bio_read(1 << 14))
    except SSL.WantReadError:
        return b"".join(parts)


def _datagrams(records: bytes) -> Iterator[bytes]:
    """As many whole records to a datagram as fit."""
    begin = end = 0
    while end < len(records):
        size = _RECORD + int.from_bytes(records[end + _LENGTH : end + _RECORD], "big")
        if end > begin and end + size - begin > MTU:
            yield records[begin:end]
            begin = end
        end += size
    if end > begin:
        yield records[begin:end]
