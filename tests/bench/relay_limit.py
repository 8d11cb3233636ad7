"""The floor under every relay: a bare loop in C that encrypts and sends, with the relay's own libsrtp and cipher.

`python -m tests.bench.relay_limit VIEWERS FRAMES` prints {"packets", "cpu"}. It needs a C compiler (`gcc` or `cc`).
"""

import ctypes
import socket
import struct
import sys
import time
from pathlib import Path

import msgspec
import pylibsrtp
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi  # type: ignore[import-not-found]  # a compiled module without stubs

from tests.bench.compiled import compiled

SOURCE = Path(__file__).with_name("relay_limit.c")


def session(number: int) -> Session:
    """An outgoing AES-256-GCM session, what two libsrtp peers agree on by default."""
    key = number.to_bytes(44, "big")
    return Session(Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, Policy.SRTP_PROFILE_AEAD_AES_256_GCM))


def main(viewers: int, frames: int) -> None:
    library = ctypes.CDLL(pylibsrtp._binding.__file__)
    protect = ctypes.cast(library.srtp_protect, ctypes.c_void_p)
    sessions = [session(number) for number in range(viewers)]
    contexts = (ctypes.c_void_p * viewers)(*(int(ffi.cast("uintptr_t", one._srtp[0])) for one in sessions))
    sinks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(viewers)]
    for sink in sinks:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # nobody reads
        sink.bind(("127.0.0.1", 0))
    host = socket.inet_aton("127.0.0.1")
    addresses = b"".join(
        struct.pack("=H", socket.AF_INET) + struct.pack("!H", sink.getsockname()[1]) + host + bytes(8) for sink in sinks
    )
    forward = compiled(SOURCE).forward
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        forward.restype = ctypes.c_long
        source.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        start = time.process_time()
        packets = forward(protect, contexts, addresses, viewers, source.fileno(), frames)
        spent = time.process_time() - start
    for sink in sinks:
        sink.close()
    print(msgspec.json.encode({"packets": packets, "cpu": spent}).decode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
