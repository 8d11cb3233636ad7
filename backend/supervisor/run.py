"""`wake serve`: everything Wake needs on one machine, started in order, kept alive, stopped in reverse."""

import asyncio
import fcntl
import hashlib
import signal
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from backend.supervisor.banner import banner
from backend.supervisor.board import Board
from backend.supervisor.child import NotStarted
from backend.supervisor.config import Config, environment, program, relay_environment
from backend.supervisor.lan import certificates, trusted
from backend.supervisor.part import Keeper, Part, embedded, run_once
from backend.supervisor.ports import answers, require_free
from backend.supervisor.postgres import Postgres
from backend.supervisor.valkey import Valkey

STEPS = {"migrate": "bringing the database to the newest schema", "demo": "making the demo company"}
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def main(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run until Ctrl-C or SIGTERM; answers the exit code."""
    try:
        config = Config.load(environ)
        with only_one(config):
            asyncio.run(serve(config))
    except NotStarted as fault:
        print(f"wake: {fault}", flush=True)
        return 1
    return 0


@contextmanager
def only_one(config: Config) -> Iterator[None]:
    """Hold the data folder: a second supervisor on it would end the first one's parts."""
    config.data.mkdir(0o711, parents=True, exist_ok=True)  # PostgreSQL's account has to pass, nobody has to look
    with (config.data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise NotStarted(f"Wake already runs on {config.data}.") from fault
        yield


async def serve(config: Config) -> None:
    """Bring everything up, wait for the signal to end, take everything down. Raises NotStarted."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    house = House(config, Board(config.data / "parts.json"))
    rising, stopped = asyncio.create_task(house.rise()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({rising, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if rising.done():
            rising.result()
            await stopped
    finally:
        rising.cancel()
        await asyncio.wait({rising})
        stopped.cancel()
        await house.fall()


@dataclass
class House:
    """The parts of one installation and the order they live in."""

    config: Config
    board: Board
    keepers: list[Keeper] = field(default_factory=list)

    async def rise(self) -> None:
        """Start everything; returns when a page can be served."""
        began = time.monotonic()
        config = self.config
        require_free(config.host, config.port, socket.SOCK_STREAM, "the app")
        for number in range(1, config.relays + 1):
            port = config.media_port(number)
            require_free(config.host, port, socket.SOCK_STREAM, "the relay's signalling")
            require_free(config.host, port + 1, socket.SOCK_STREAM, "the relay's media")
            require_free(config.host, port + 1, socket.SOCK_DGRAM, "the relay's media")
        database, redis = await self._servers()
        lan, tls = self._lan()
        env = environment(config, database, redis, lan)
        await self._step("migrate", None if config.database_url else fingerprint(), env)
        if config.wants_demo:
            await self._step("demo", "made", env)
        await self._start(*self._programs(env, tls))
        self.board.say(banner(config, time.monotonic() - began))

    async def fall(self) -> None:
        """Stop everything, the last one started first."""
        self.board.say("stopping")
        for keeper in reversed(self.keepers):
            await keeper.stop()
        self.board.say("stopped")

    async def _start(self, *parts: Part) -> None:
        keepers = [Keeper(part, self.board) for part in parts]
        self.keepers += keepers
        await asyncio.gather(*(keeper.start() for keeper in keepers))

    async def _servers(self) -> tuple[str, str]:
        """Start the servers nobody gave us an address of; answer both addresses."""
        parts: list[Part] = []
        database, redis = self.config.database_url, self.config.redis_url
        if not database:
            postgres = Postgres(self.config.data / "postgres")
            database = postgres.dsn()
            parts.append(embedded("postgres", postgres, 4.0))
        if not redis:
            valkey = Valkey(self.config.data / "valkey")
            redis = valkey.url
            parts.append(embedded("valkey", valkey, 1.0))
        await self._start(*parts)
        return database, redis

    async def _step(self, command: str, mark: str | None, env: dict[str, str]) -> None:
        """Run a step of the start, unless its mark stands beside this very database. No mark: always."""
        place = self.config.data / ("" if self.config.database_url else "postgres") / f"{command}.done"
        if mark and place.exists() and place.read_text() == mark:
            return
        self.board.say(STEPS[command])
        await run_once(command, program(f"backend {command}"), env, self.config.data / "logs" / f"{command}.log")
        place.write_text(mark or "")

    def _lan(self) -> tuple[dict[str, str], ssl.SSLContext | None]:
        """Make certificates when phones are to come in; answer what the parts and our own probe need of them."""
        if not self.config.lan:
            return {}, None
        authority, certificate, key = (str(path) for path in certificates(self.config.data / "lan"))
        lan = {"WAKE_CERT": certificate, "WAKE_KEY": key, "MEDIA_CERT": certificate, "MEDIA_KEY": key,
               "SSL_CERT_FILE": str(trusted(self.config.data / "lan", self.config.environ))}
        return lan, ssl.create_default_context(cafile=authority)

    def _programs(self, env: dict[str, str], tls: ssl.SSLContext | None) -> list[Part]:
        config, logs = self.config, self.config.data / "logs"

        async def backend(_pid: int) -> bool:
            return await answers(config.port, "/api/health", tls)

        async def worker(_pid: int) -> bool:
            return True  # it has no door to knock at; when it fails it ends

        async def media(port: int, _pid: int) -> bool:
            return await answers(port, "/health", tls)

        parts = [Part("backend", partial(program, "backend backend"), backend, logs / "backend.log", env),
                 Part("worker", partial(program, "backend worker"), worker, logs / "worker.log", env)]
        for number in range(1, config.relays + 1):
            name, ready = config.relay_name(number), partial(media, config.media_port(number))
            own = relay_environment(config, env, number)
            parts.append(Part(name, partial(program, "media"), ready, logs / f"{name}.log", own))
        return parts


def fingerprint() -> str:
    """Say what the migrations are; starting Piccolo only to hear that none is new costs a second."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MIGRATIONS.glob("*.py")))).hexdigest()
