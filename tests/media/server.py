"""The real relay in a process of its own, for tests and benches."""

import asyncio
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import psutil

from tests.expect import eventually
from tests.house import free_ports
from tests.media.receiver import SECRET


class RelayProcess:
    """`python -m media` on ports of its own, which it keeps over restarts; `data` holds its spool and journal."""

    def __init__(
        self, data: Path, webhook: str, *, tls: ssl.SSLContext | None = None, bind: str = "127.0.0.1"
    ) -> None:
        self.port = free_ports(1)
        self.data = data
        self.url = f"{'https' if tls else 'http'}://{bind}:{self.port}"
        self._tls = tls
        self.log = data / "relay.log"
        self.process: asyncio.subprocess.Process | None = None
        self.environ = {
            "MEDIA_HTTP_PORT": str(self.port),
            "MEDIA_UDP_PORT": str(self.port),
            "MEDIA_BIND": bind,
            "MEDIA_SECRET": SECRET,
            "MEDIA_WEBHOOK_URL": webhook,
            "MEDIA_DATA": str(data),
        }

    async def start(self, **environ: str) -> None:
        """Start, with `environ` from now on, and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.environ |= environ
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "media", env=self.environ, stdout=log, stderr=log
            )
        async with httpx.AsyncClient(trust_env=False, verify=self._tls or False) as http:
            well: Callable[[], Awaitable[bool]] = partial(self._well, http)
            await eventually("the relay is well", well, timeout=15)

    async def _well(self, http: httpx.AsyncClient) -> bool:
        assert self.process is not None
        if self.process.returncode is not None:
            raise RuntimeError(f"the relay ended with {self.process.returncode}:\n{self.log.read_text()}")
        with suppress(httpx.HTTPError):
            return (await http.get(f"{self.url}/health")).status_code == httpx.codes.OK
        return False

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, as the supervisor stops it."""
        await self._end(signal.SIGTERM)

    def start_draining(self) -> None:
        """SIGTERM, without waiting for the end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> bool:
        """Whether the process is no more."""
        return self.process is None or self.process.returncode is not None

    async def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await asyncio.wait_for(self.process.wait(), 10)

    def cpu(self) -> float:
        """Seconds of CPU the relay and its children have used."""
        assert self.process is not None
        root = psutil.Process(self.process.pid)
        return sum(sum(one.cpu_times()[:2]) for one in [root, *root.children(recursive=True)])
