"""`python -m media`: the relay and its HTTP front in one process and one loop."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
import uvloop

from media import native
from media.app import create_app
from media.fleet.edge import Edge
from media.fleet.register import Register
from media.relay import Relay
from media.settings import Settings, SettingsFault
from media.webhooks import Outbox

log = logging.getLogger("media")

FAREWELL = 0.2
"""Seconds the goodbyes get on their way out."""
LOOK = 0.5
"""Seconds between two looks whether anybody is left."""
IDLE = 75
"""Seconds an idle HTTP connection stands, longer than at a proxy (60): who is asked must not be who closes first."""


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
    if not settings.compiled:
        native.leave_out()
    try:
        uvloop.run(serve(settings))
    except OSError as fault:
        sys.exit(f"media: {fault}")


async def serve(settings: Settings) -> None:
    """Carry media and answer HTTP until told to stop; told twice, stop at once."""
    loop = asyncio.get_running_loop()
    outbox = Outbox(settings)
    relay = Relay(settings, outbox)
    listener = _listening(settings.bind, settings.http_port)
    front = Front(_configured(settings, relay))
    register = Register(settings.terms, relay)
    stop, now = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: (now if stop.is_set() else stop).set())
    edge = Edge(settings.terms, settings.secret, relay)
    parts = (outbox, relay, relay.recordings, relay.renditions, register, edge)
    log.info("http %s:%d", *listener.getsockname()[:2])
    gc.collect()
    gc.freeze()  # what is here stays: looking at it again would hold up the media for 40 ms, ever so often
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(part.run()) for part in parts]
        serving = tasks.create_task(front.serve([listener]))
        await stop.wait()
        await _drain(relay, settings.grace, now)
        await register.leave()
        relay.close()
        front.should_exit = True
        await serving
        await asyncio.sleep(FAREWELL)
        for task in running:
            task.cancel()
    relay.release()
    outbox.close()


def _listening(bind: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    return socket.create_server((bind, port), family=family, backlog=1024, dualstack_ipv6=bind == "::")


async def _drain(relay: Relay, grace: float, now: asyncio.Event) -> None:
    """Take nobody new; let those who are here go on until all have gone, `grace` seconds are over or `now` is set."""
    relay.draining = True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(grace):
            while relay.connections and not now.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(now.wait(), LOOK)


def _configured(settings: Settings, relay: Relay) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(relay, settings),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=IDLE,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )


if __name__ == "__main__":
    main()
