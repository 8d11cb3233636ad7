"""Ports: are they free, and does something answer on them."""

import asyncio
import contextlib
import socket
import ssl

from backend.supervisor.child import NotStarted

ANSWER_SECONDS = 2.0


def require_free(host: str, port: int, kind: socket.SocketKind, purpose: str) -> None:
    """Raise NotStarted when the port is taken."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
            raise NotStarted(f"{protocol} port {port} ({purpose}) is not free: {fault.strerror}.\n"
                             f"Stop what uses it, or choose others: WAKE_PORT=9000 make run") from fault


async def answers(port: int, path: str, tls: ssl.SSLContext | None) -> bool:
    """Tell whether GET `path` on this machine answers at all (a fault is an answer too: the process lives)."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                return (await reader.readline()).startswith(b"HTTP/1.1 ")
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
