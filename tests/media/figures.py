"""The relay's metrics, read as Prometheus does."""

import re

from tests.media.clients import Relay

METRICS = "the secret Prometheus shows, 32 bytes and more"
SAMPLE = re.compile(r'^(wake_media_[a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)+)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$')


async def figures(relay: Relay) -> dict[tuple[str, str], float]:
    """Every sample by name and labels, each line checked against the text format's grammar."""
    answer = await relay.http.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[tuple[str, str], float] = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            sample = SAMPLE.match(line)
            assert sample, line
            found[sample[1], sample[2] or ""] = float(sample[3])
    for name, _ in found:
        assert answer.text.count(f"# TYPE {name} ") == answer.text.count(f"# HELP {name} ") == 1
    return found
