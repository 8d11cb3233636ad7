"""mediasoup, pinned by its lock file, built once (some minutes) in a folder of its own."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from tests.bench.compiled import compiler
from tests.bench.peers.peer import RELAY_CORE, Absent, Peer, module, program, said
from tests.house import free_ports

SOURCE = Path(__file__).with_name("mediasoup")
CACHE = Path(__file__).parents[3] / ".wake-peers" / "mediasoup"
_worker = CACHE / "node_modules" / "mediasoup" / "worker"
_binary = _worker / "out" / "Release" / "mediasoup-worker"
_NEEDED = ("npm", "node", "make", "g++")
_signals = _worker / "deps/libwebrtc/deps/abseil-cpp/abseil-cpp/absl/debugging/failure_signal_handler.cc"
_SITE = "import collections, collections.abc\ncollections.MutableSet = collections.abc.MutableSet\n"


def build() -> None:
    """Have the worker's binary. Raises Absent.

    3.8.4 is of 2021. Two things have moved on since: gyp wants a class that Python 3.10 moved, and since glibc 2.34
    `SIGSTKSZ` is a call that returns a long. Its other dependencies come in the package.
    """
    if _binary.exists():
        return
    if missing := [name for name in _NEEDED if not shutil.which(name)] or ([] if compiler() else ["gcc"]):
        raise Absent(f"mediasoup is built with {', '.join(missing)}")
    shutil.copytree(SOURCE, CACHE, dirs_exist_ok=True)
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CACHE, check=True)
        text = _signals.read_text()
        _signals.write_text(text.replace("std::max(SIGSTKSZ", "std::max<size_t>(SIGSTKSZ"))
        (CACHE / "sitecustomize.py").write_text(_SITE)
        with (CACHE / "build.log").open("wb") as log:
            command = ["env", f"PYTHONPATH={CACHE}", "make", "-C", str(_worker), f"PYTHON={sys.executable}"]
            subprocess.run(command, check=True, stdout=log, stderr=log)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise Absent(f"mediasoup cannot be built: {fault}; see {CACHE / 'build.log'}") from fault


@asynccontextmanager
async def mediasoup(room: UUID) -> AsyncIterator[Peer]:
    """On air; the room does not matter. Raises Absent."""
    build()
    http, video, audio = free_ports(1), free_ports(1), free_ports(1)
    ports = map(str, (http, video, audio))
    async with (
        program("node", str(SOURCE / "whep.mjs"), str(CACHE), *ports, core=RELAY_CORE) as server,
        module("tests.bench.peers.feed", str(video), str(audio)),
    ):
        worker = int(await said(server))
        yield Peer("mediasoup", worker, f"http://127.0.0.1:{http}")
