"""A TCP connection that is read and written like a connected UDP socket: frames of RFC 4571 for datagrams."""

import asyncio
import socket

KERNEL_BUFFER = 32 * 1024


class Framed:
    """`recv` gives one frame or raises BlockingIOError; what the kernel does not take at once waits in `_out`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._frame = b""
        self._out = b""

    @classmethod
    async def connect(cls, place: tuple[str, int]) -> "Framed":
        """A connection to `place`, with little room for what is not read."""
        sock = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, place)
        return cls(sock)

    def recv(self, _size: int) -> bytes:
        """The next frame; b"" when the other end has closed."""
        while True:
            whole = 2 + int.from_bytes(self._frame[:2], "big") if len(self._frame) >= 2 else 2
            if whole > 2 and len(self._frame) == whole:
                frame, self._frame = self._frame[2:], b""
                return frame
            piece = self._socket.recv(whole - len(self._frame))
            if not piece:
                return b""
            self._frame += piece

    def sendto(self, data: bytes, _peer: tuple[str, int]) -> None:
        """Send one frame."""
        self._out += len(data).to_bytes(2, "big") + data
        self._out = self._out[self._socket.send(self._out) :]

    def fileno(self) -> int:
        """For the loop."""
        return self._socket.fileno()

    def getsockname(self) -> tuple[str, int]:
        """The local end."""
        host, port, *_ = self._socket.getsockname()
        return host, port

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
