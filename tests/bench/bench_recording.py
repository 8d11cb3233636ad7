"""What recording costs: the relay's CPU while it forwards and records, and the CPU that makes the film afterwards.

`python -m tests.bench.bench_recording`. The same stream goes to the same twenty viewers with and without the tap; the
difference, per packet that came in, is the tap, the thread that writes and the kernel's write.
"""

import sys
import tempfile
import time
from pathlib import Path

import uvloop

from media.messages import mint
from media.replay.movie import make
from tests.bench.crowd.crowd import crowd
from tests.bench.harness import Figure, Run, in_turn, measured, median, publish
from tests.bench.peers.ours import publishing, relay
from tests.media import reel, takes
from tests.media.clients import grant
from tests.media.sdp import Codec

VIEWERS, SECONDS, ROUNDS = 20, 6, 4
JOINS, PACKETS_A_SECOND = 10, 230
MINUTES = 1
MOST_TAP, MOST_COPY = 15.0, 5.0


async def forwarded(*, record: bool) -> Run:
    """The relay's CPU per forwarded packet."""
    room = mint()
    token = grant(room, device="a laptop", publish=["host"], record=record)
    async with relay() as peer, publishing(peer.url, room, "--token", token), crowd(peer, room) as watched:
        await watched.grown(VIEWERS, JOINS)
        before = await watched.line()
        async with measured([peer.pid]) as run:
            for _ in range(SECONDS):
                line = await watched.line()
        run.units = line.packets - before.packets
    return run


def made(codec: Codec) -> float:
    """Seconds of CPU that make a minute of film."""
    with tempfile.TemporaryDirectory() as folder:
        times = range(0, MINUTES * 60, 2)
        parts = [takes.video(codec, reel.pictures(codec, 1280, 720), at=at * 1000, sequence=at * 500) for at in times]
        sounds = [takes.audio(reel.tones(), at=at * 1000, sequence=at * 50) for at in times]
        take = takes.write(Path(folder) / "host", *parts, *sounds)
        began = time.process_time()
        make(take, Path(folder) / "movie")
        return (time.process_time() - began) / MINUTES


async def main() -> int:
    """Print the table, write the result; 1 when a promise is broken."""
    contenders = {"forwarding": lambda: forwarded(record=False), "and recording": lambda: forwarded(record=True)}
    runs = await in_turn(contenders, ROUNDS)
    plain, recording = (median(runs[name]) for name in contenders)
    figures = [
        Figure("forwarding", plain, "µs CPU/packet"),
        Figure("forwarding and recording", recording, "µs CPU/packet"),
        Figure("recording a packet", (recording - plain) * VIEWERS, "µs CPU/packet in", most=MOST_TAP),
        Figure("making a film, H264 copied", made("H264"), "s CPU/minute", most=MOST_COPY),
        Figure("making a film, VP8 converted", made("VP8"), "s CPU/minute"),
    ]
    title = f"Recording: {VIEWERS} viewers, {PACKETS_A_SECOND} packets/s of 1.54 Mbps"
    return 0 if publish("recording", title, figures, runs) else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
