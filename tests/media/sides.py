"""Two ends of DTLS and a wire in memory between them, on which datagrams are lost and doubled at will."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from OpenSSL import SSL

from media.dtls import MTU, Association, Certificate
from media.packet import LATE

RTP = b"\x80\x60" + bytes(10) + b"a picture"


def arrives() -> int:
    """How many copies of a datagram arrive."""
    return 1


class Side:
    """One end of a wire in memory: what it was told, what it sent. Each datagram is asked in how many `copies` it
    arrives."""

    def __init__(
        self, certificate: Certificate, *fingerprints: tuple[str, str], client: bool = False,
        copies: Callable[[], int] = arrives,
    ) -> None:  # fmt: skip
        self.peer: Side | None = None
        self.told: list[str] = []
        self.sent: list[bytes] = []
        self._inbox: deque[bytes] = deque()
        self._copies = copies
        self.association = Association(certificate, list(fingerprints), self._send, LATE, client=client)

    def open(self) -> None:
        self.association.open(lambda: self.told.append("connected"), lambda: self.told.append("ended"))

    def take(self) -> None:
        while self._inbox:
            self.association.feed(self._inbox.popleft())

    def shaken(self, context: SSL.Context, session: SSL.Session | None = None) -> SSL.Session | None:
        """Shake hands with OpenSSL itself as the client, until one of the two has enough: its session, if it is up."""
        connection = SSL.Connection(context)
        connection.set_ciphertext_mtu(MTU)
        if session is not None:
            connection.set_session(session)
        connection.set_connect_state()
        self.open()
        for _ in range(4):
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                self.association.feed(read(connection))
                connection.bio_write(self.sent[-1])
            except SSL.Error:
                return None
        return connection.get_session()

    def _send(self, data: bytes) -> None:
        self.sent.append(data)
        if self.peer is not None:
            self.peer._inbox.extend([data] * self._copies())
            asyncio.get_running_loop().call_soon(self.peer.take)


def pair(
    server: Certificate, client: Certificate, *fingerprints: tuple[str, str], copies: Callable[[], int] = arrives
) -> tuple[Side, Side]:
    """Two on their way to each other; the server knows the client's fingerprint, or others."""
    one = Side(server, *(fingerprints or [("sha-256", client.fingerprint)]), copies=copies)
    other = Side(client, ("sha-256", server.fingerprint), client=True, copies=copies)
    one.peer, other.peer = other, one
    one.open()
    other.open()
    return one, other


def assert_media_flows(one: Side, other: Side) -> None:
    for sender, receiver in ((one, other), (other, one)):
        assert sender.association.outbound is not None
        assert receiver.association.inbound is not None
        sealed = sender.association.outbound.protect(RTP)
        assert sealed is not None
        assert receiver.association.inbound.media(sealed) == RTP


def records(datagram: bytes) -> Iterator[bytes]:
    """Each as long as it says (RFC 6347 §4.1)."""
    while datagram:
        size = 13 + int.from_bytes(datagram[11:13], "big")
        assert size <= len(datagram)
        yield datagram[:size]
        datagram = datagram[size:]


def kinds(datagrams: list[bytes]) -> set[int]:
    """The kinds of handshake messages that are not encrypted."""
    found = [record for datagram in datagrams for record in records(datagram)]
    return {record[13] for record in found if record[0] == 22 and record[3:5] == bytes(2)}


def progressed(connection: SSL.Connection, data: bytes) -> bool:
    """Whether `connection` has shaken hands after `data`."""
    connection.bio_write(data)
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    return True


def read(connection: SSL.Connection) -> bytes:
    """What `connection` sends."""
    try:
        return connection.bio_read(1 << 14)
    except SSL.WantReadError:
        return b""
