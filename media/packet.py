"""A packet as the relay forwards it: numbered continuously over all publications of its seat.

An outgoing sequence number never carries two contents: AES-GCM gives its key away when a nonce is used twice. Whatever
changes the bytes (levelling) therefore happens before a packet is sent for the first time; a repetition is the same.
"""

import struct
from collections.abc import Sequence

LEVEL = 32
"""Bytes of padding a packet may get to be as long as its neighbours."""
LATE = 256
"""Packets behind the newest up to which one that comes late is still sent: as wide as the narrowest window of SRTP."""
_PADDED, _HALF = 0x20, 0x8000
_header = struct.Struct("!BBHII").pack


class Packet:
    """`data` is a 12-byte header, without payload type, and the payload; `sequence` is the track's, not a viewer's;
    `settled`: the bytes do not change any more."""

    __slots__ = ("codec", "data", "sequence", "settled", "timestamp", "track")

    def __init__(
        self, track: int, codec: str, marker: int, sequence: int, timestamp: int, ssrc: int, payload: bytes
    ) -> None:
        self.track = track
        self.codec = codec
        self.settled = False
        self.sequence = sequence
        self.timestamp = timestamp
        if payload:
            self.data = _header(0x80, marker, sequence, timestamp, ssrc) + payload
        else:  # a padding probe that came late: its number is given away already
            self.data = _header(0x80 | _PADDED, 0, sequence, timestamp, ssrc) + b"\0\0\0\4"

    @property
    def ends_frame(self) -> bool:
        """The RTP marker of a video packet."""
        return self.data[1] & 0x80 != 0

    def after(self, sequence: int) -> bool:
        """Whether its number comes after `sequence`."""
        return 0 < (self.sequence - sequence & 0xFFFF) < _HALF

    def pad(self, size: int) -> None:
        """Make `data` `size` bytes long (RFC 3550 §5.1), unless it is padded already or longer."""
        missing = size - len(self.data)
        if missing > 0 and not self.data[0] & _PADDED:
            self.data = bytes([self.data[0] | _PADDED]) + self.data[1:] + bytes(missing - 1) + bytes([missing])


def level(packets: Sequence[Packet]) -> None:
    """Give neighbours of nearly one length one length: the kernel cuts a message into equal datagrams."""
    run: list[Packet] = []
    low = high = 0
    for packet in packets:
        size = len(packet.data)
        if run and max(high, size) - min(low, size) > LEVEL:
            _pad(run, high)
            run = []
        low, high = (min(low, size), max(high, size)) if run else (size, size)
        run.append(packet)
    _pad(run, high)


def _pad(run: Sequence[Packet], size: int) -> None:
    for packet in run:
        packet.pad(size)
        packet.settled = True
