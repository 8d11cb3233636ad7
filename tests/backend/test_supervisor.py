"""The supervisor's parts: ports, certificates, secrets, servers below long paths, and what does not start or end."""

import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest
from cryptography import x509

from backend.supervisor.board import Board
from backend.supervisor.child import NotStarted, start, stop
from backend.supervisor.config import Config, kept_secrets
from backend.supervisor.lan import LONGEST_LEAF, certificates
from backend.supervisor.part import BOOT_TRIES, FIRST_DELAY, Keeper, Part
from backend.supervisor.ports import require_free
from backend.supervisor.postgres import SOCKET_LIMIT, SOCKET_NAME, Postgres
from backend.supervisor.valkey import Valkey
from tests.expect import eventually


async def test_a_taken_port_is_named() -> None:
    """Who starts Wake twice reads which port is the trouble and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NotStarted, match=rf"TCP port {port} \(the app\) is not free.*\n.*WAKE_PORT=9000"):
            require_free("127.0.0.1", port, socket.SOCK_STREAM, "the app")


def test_certificates_suit_phones(tmp_path: Path) -> None:
    """Phones refuse leaves that live longer than 397 days; ours is kept while it is good."""
    authority, certificate, key = certificates(tmp_path / "lan")
    before = authority.read_bytes(), certificate.read_bytes(), key.read_bytes()
    leaf = x509.load_pem_x509_certificate(before[1])
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= LONGEST_LEAF
    assert stat.S_IMODE((tmp_path / "lan").stat().st_mode) == 0o700
    certificates(tmp_path / "lan")
    assert before == (authority.read_bytes(), certificate.read_bytes(), key.read_bytes())
    certificate.unlink()
    certificates(tmp_path / "lan")
    assert authority.read_bytes() == before[0]


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    """A new secret would log everybody out."""
    first = kept_secrets(tmp_path / "secrets.json")
    assert kept_secrets(tmp_path / "secrets.json") == first
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("port", ["0", "65535", "-1", "many"])
def test_a_wrong_port_is_refused(port: str) -> None:
    """Three neighbouring ports are needed."""
    with pytest.raises(NotStarted, match="WAKE_PORT"):
        Config.load({"WAKE_PORT": port})


def test_invented_people_stay_out_of_other_peoples_databases() -> None:
    """Demo data by default only where the database is our own."""
    assert Config.load({}).wants_demo
    assert not Config.load({"DATABASE_URL": "postgresql://elsewhere/wake"}).wants_demo
    assert Config.load({"DATABASE_URL": "postgresql://elsewhere/wake", "WAKE_DEMO": "1"}).wants_demo


async def lives(_pid: int) -> bool:
    """A part that is ready at once."""
    return True


async def never(_pid: int) -> bool:
    """A part that is never ready."""
    return False


def python(program: str) -> list[str]:
    """The command line of a small program."""
    return [sys.executable, "-c", program]


async def test_what_never_starts_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    """A start that cannot succeed ends, and says why."""
    part = Part("broken", lambda: python("raise SystemExit('no such thing')"), never, tmp_path / "broken.log")
    keeper = Keeper(part, Board(tmp_path / "parts.json"))
    with pytest.raises(NotStarted, match=r"broken ended with code 1 at every start.*\n.*no such thing"):
        await keeper.start()
    assert keeper.restarts == BOOT_TRIES - 1
    await keeper.stop()


async def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    """A part that ignores SIGTERM has its patience, no more."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    part = Part("deaf", lambda: python(deaf), lives, tmp_path / "deaf.log", patience=0.2)
    keeper = Keeper(part, Board(tmp_path / "parts.json"))
    await keeper.start()
    await eventually("it does not listen", lambda: "deaf" in part.log.read_text())
    await keeper.stop()
    assert keeper.process is not None
    assert keeper.process.returncode == -signal.SIGKILL


async def test_what_dies_again_and_again_is_started_ever_more_slowly(tmp_path: Path) -> None:
    """Back-off: 0.1 s, 0.2 s, 0.4 s …"""
    part = Part("weak", lambda: python(""), lives, tmp_path / "weak.log")
    keeper = Keeper(part, Board(tmp_path / "parts.json"))
    await keeper.start()
    await eventually("it has died three times", lambda: keeper.restarts == 3)
    assert keeper.delay >= 4 * FIRST_DELAY
    await keeper.stop()


@pytest.fixture
def deep(scratch: Path) -> Path:
    """A folder with a name longer than a socket's may be."""
    folder = scratch / ("long-" * 20)
    folder.mkdir(mode=0o711)
    return folder


def test_servers_start_below_long_paths(deep: Path) -> None:
    """A unix socket's path holds 107 bytes; longer ones move the socket, not the data."""
    postgres, valkey = Postgres(deep / "postgres", durable=False), Valkey(deep / "valkey")
    assert len(os.fsencode(postgres.sockets / SOCKET_NAME)) <= SOCKET_LIMIT
    for server in (postgres, valkey):
        stop(start(server), server.farewell)
    postgres.sockets.rmdir()
    assert (deep / "postgres" / "cluster" / "PG_VERSION").exists()


def test_postgres_survives_what_a_crash_leaves(scratch: Path) -> None:
    """A lock file with a process id that now is somebody else's does not keep the server from starting."""
    server = Postgres(scratch / "crashed", durable=False)
    process = start(server)
    process.kill()
    process.wait()
    lock = server.cluster / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    stop(start(server), server.farewell)
