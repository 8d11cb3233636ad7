"""The relay's UDP port: one socket that wakes us, and one for what receivers report, which does not.

Every viewer reports once a second how they receive. It is no matter of milliseconds, and to wake up for each report
costs more than all that is then done with it: so the kernel puts reports aside (SO_REUSEPORT with a filter), and we
read them four times a second.
"""

import ctypes
import socket
import struct

from media.rtcp import RECEIVER_REPORT

_BUFFER = 8 << 20
_ATTACH_FILTER = 51
"""SO_ATTACH_REUSEPORT_CBPF, which Python has no name for."""
_BEHIND = (20, 14, 20 + 28, 14 + 28)
"""Bytes behind a report when nothing else comes with it: SRTCP's index and tag, for both kinds of encryption (RFC 7714
§9, RFC 3711 §3.4), after the name that Chromium and Safari add (SDES). What else can come, requests for packets or key
frames, is in a hurry; a name of another length may be one of these for all we see, and wakes us."""
_BYTE, _HALF, _LENGTH, _AND, _ADD, _SHIFT, _MINUS_X, _TO_X = 0x30, 0x28, 0x80, 0x54, 0x04, 0x64, 0x1C, 0x07
_IF_EQUAL, _RETURN = 0x15, 0x06
"""Instructions of the classic BPF. A comparison says how many to skip if so and if not; the answer is a socket."""
_FILTER = (
    (_BYTE, 0, 0, 0),
    (_AND, 0, 0, 0xC0),
    (_IF_EQUAL, 0, 13, 0x80),  # RTP or RTCP (RFC 7983), else: the first socket
    (_BYTE, 0, 0, 1),
    (_IF_EQUAL, 0, 11, RECEIVER_REPORT),  # SRTCP leaves the first eight bytes in the clear (RFC 3711 §3.4)
    (_HALF, 0, 0, 2),
    (_ADD, 0, 0, 1),
    (_SHIFT, 0, 0, 2),
    (_TO_X, 0, 0, 0),
    (_LENGTH, 0, 0, 0),
    (_MINUS_X, 0, 0, 0),
    *((_IF_EQUAL, 3 - index, 0, size) for index, size in enumerate(_BEHIND[:-1])),
    (_IF_EQUAL, 0, 1, _BEHIND[-1]),
    (_RETURN, 0, 0, 1),
    (_RETURN, 0, 0, 0),
)


def opened(bind: str, port: int) -> tuple[socket.socket, socket.socket | None]:
    """Both sockets, bound; the second is None where the kernel cannot tell reports from the rest, then all comes to the
    first. Raises OSError when the port is taken."""
    with _socket(bind) as alone:  # a port that is shared would not be refused, whoever has it
        alone.bind((bind, port))
    first, second = _socket(bind), _socket(bind)
    try:
        for one in (first, second):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind((bind, port))
        _attach(first)
        second.bind((bind, first.getsockname()[1]))
    except (AttributeError, OSError):
        first.close()
        second.close()
        first = _socket(bind)
        first.bind((bind, port))
        return first, None
    return first, second


def _socket(bind: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    if bind == "::":
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    return made


def _attach(first: socket.socket) -> None:
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _FILTER)
    room = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(_FILTER), ctypes.addressof(room))
    first.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
