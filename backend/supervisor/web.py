"""`wake backend`: the web process, uvicorn with uvloop and httptools."""

import gc
from collections.abc import Mapping, Sequence

import uvicorn

LONGEST_INCOMING_MESSAGE = 4096  # bytes; sockets only speak, see decision 0001
GOODBYE_SECONDS = 1
# Longer than a proxy (60 s) or another client lets its idle connections stand: who closes first must not be the one who
# is asked, or a request that may not be repeated is lost on the way.
IDLE_SECONDS = 75
# Requests make little garbage that is cyclic, and a full collection walks 200,000 objects that never die: by
# Python's own thresholds (700, 10, 10) that took a seventh of a check-in's CPU.
PATIENT_COLLECTION = (10_000, 20, 20)


def main(_arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Serve until SIGTERM. Host and certificate: WAKE_HOST, WAKE_CERT, WAKE_KEY; the app reads the rest."""
    gc.set_threshold(*PATIENT_COLLECTION)
    uvicorn.run(
        "backend.app:create_app", factory=True, host=environ.get("WAKE_HOST") or "127.0.0.1",
        port=int(environ.get("WAKE_PORT") or 8000), ssl_certfile=environ.get("WAKE_CERT"),
        ssl_keyfile=environ.get("WAKE_KEY"), loop="uvloop", http="httptools", ws="backend.kit.frames:FrameProtocol",
        ws_max_size=LONGEST_INCOMING_MESSAGE, ws_per_message_deflate=False, backlog=4096, access_log=False,
        log_level="warning", server_header=False, timeout_graceful_shutdown=GOODBYE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS)
    return 0
