"""The choice of an engine at start: the fastest that is proven on this machine to send what it must."""

import ctypes
import socket
from collections.abc import Callable
from functools import partial

from media import native
from media.batched import Batched
from media.counters import Counters
from media.fanout import Compiled, Engine, Plain
from media.packet import Packet
from media.srtp import rehearsals
from media.target import Crowd, Out, Target

_POINTER = 8
"""Bytes of an address, as `batched` lays out the kernel's structures."""
Maker = Callable[[socket.socket, Counters], Engine]


def choose(sock: socket.socket, counters: Counters) -> Engine:
    """The best engine for `sock`."""
    return next((make(sock, counters) for make in candidates() if proven(make, sock.family)), Plain(sock, counters))


def candidates() -> list[Maker]:
    """All engines this machine might have but `Plain`, the fastest first."""
    makers: list[Maker] = []
    for gso in (True, False):
        if native.library is not None:
            makers.append(partial(Compiled, gso=gso))
        if hasattr(ctypes.CDLL(None), "sendmmsg") and ctypes.sizeof(ctypes.c_void_p) == _POINTER:
            makers.append(partial(Batched, gso=gso))
    return makers


def proven(make: Maker, family: int = socket.AF_INET) -> bool:
    """Send ourselves packets with every SRTP profile; whether exactly those datagrams come that must."""
    packets = [Packet(0, "", 0, number, 0, 1, bytes([number]) * size) for number, size in enumerate((900, 900, 400))]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind(("::ffff:127.0.0.1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        probe.settimeout(0.2)
        engine = make(probe, Counters())
        for outbound, session in rehearsals():
            target = Target(outbound, probe.getsockname())
            target.wear({0: Out({"": 96}, 0x8000)})
            engine.send(packets, Crowd(target).groups)
            for packet in packets:
                wanted = session.protect(target.addressed(packet) or b"")
                try:
                    if probe.recv(2048) != wanted:
                        return False
                except TimeoutError:
                    return False
    return True
