"""Who is measured, and how fast each lets a crowd in without being busy with that alone."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple
from uuid import UUID

from media import native
from tests.bench.peers.aiortc import aiortc
from tests.bench.peers.janus import janus
from tests.bench.peers.mediasoup import mediasoup
from tests.bench.peers.ours import ours
from tests.bench.peers.peer import Peer


class Contender(NamedTuple):
    """`on_air` begins a run (it may raise Absent); `rate` is in viewers a second."""

    on_air: Callable[[UUID], AbstractAsyncContextManager[Peer]]
    rate: float


CONTENDERS = {
    "ours Python": Contender(partial(ours, compiled=False), 40),
    "ours C": Contender(partial(ours, compiled=True), 40),
    "mediasoup": Contender(mediasoup, 40),
    "Janus": Contender(janus, 30),
    "aiortc": Contender(aiortc, 10),
}
if native.library is None:
    del CONTENDERS["ours C"]
