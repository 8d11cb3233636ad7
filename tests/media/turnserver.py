"""Debian's coturn on loopback, configured as docker-compose.yml does: it relays to 127.0.0.1 and to nothing else."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.expect import eventually
from tests.house import free_ports

SECRET = "the TURN secret of the tests, 32 characters"
WAYS = "0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


def installed() -> str | None:
    """coturn's program; `.ci/browser` installs it where it may."""
    return shutil.which("turnserver")


@asynccontextmanager
async def turnserver(folder: Path) -> AsyncIterator[int]:
    """The port of a running server, for UDP and TCP."""
    program, port = installed(), free_ports(1)
    assert program is not None
    options = ["-n", "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", str(port), "--realm=wake", "--use-auth-secret"]
    options += [f"--static-auth-secret={SECRET}", *(f"--denied-peer-ip={way}" for way in WAYS)]
    options += ["--allowed-peer-ip=127.0.0.1", "--allow-loopback-peers", "--no-multicast-peers", "--no-tcp-relay"]
    options += ["--secure-stun", "--stale-nonce", "--no-rfc5780", "--no-software-attribute", "--fingerprint"]
    options += ["--no-cli", "--no-tls", "--no-dtls", f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'users'}"]
    with (folder / "turn.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, *options, "--log-file=stdout", "--min-port=49160", "--max-port=49400", stdout=log, stderr=log
        )

    async def listens() -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    try:
        await eventually("coturn listens", listens)
        yield port
    finally:
        process.terminate()
        await process.wait()
