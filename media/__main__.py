"""`python -m media`: the relay and its HTTP front in one process and one loop."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
import uvloop

from media.app import create_app
from media.relay import Relay
from media.settings import Settings, SettingsFault
from media.webhooks import Outbox

log = logging.getLogger("media")

FAREWELL = 0.2
"""Seconds the goodbyes get on their way out."""


class Front(uvicorn.Server):
    """uvicorn, with our own signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT to `serve`."""
        yield


def main() -> None:
    """Run until SIGTERM or SIGINT. Exit code 2 when the environment is unusable, 1 when a port is taken."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.load(os.environ)
    except SettingsFault as fault:
        sys.exit("\n".join(fault.faults))
    try:
        uvloop.run(serve(settings))
    except OSError as fault:
        sys.exit(f"media: {fault}")


async def serve(settings: Settings) -> None:
    """Carry media and answer HTTP, until told to stop."""
    loop = asyncio.get_running_loop()
    outbox = Outbox(settings)
    relay = Relay(settings, outbox)
    listener = socket.create_server((settings.bind, settings.http_port), backlog=1024)
    front = Front(_configured(settings, relay))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("http %s:%d", *listener.getsockname()[:2])
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(outbox.run()), tasks.create_task(relay.run())]
        serving = tasks.create_task(front.serve([listener]))
        await stop.wait()
        relay.close()
        front.should_exit = True
        await serving
        await asyncio.sleep(FAREWELL)
        for task in running:
            task.cancel()
    relay.release()
    outbox.close()


def _configured(settings: Settings, relay: Relay) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(relay, settings.secret),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )


if __name__ == "__main__":
    main()
