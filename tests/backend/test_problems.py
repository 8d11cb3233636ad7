"""Every problem type that a client can meet stands in the registry, with its title and status."""

from pathlib import Path

import msgspec

from backend.app import App
from backend.kit.problems import registry

GOLDEN = Path(__file__).parents[1] / "golden" / "problems.json"


async def test_the_registry_has_every_problem(app: App) -> None:
    """After a change on purpose: write `found` to the file and give the PWA a sentence for it."""
    found = msgspec.json.format(msgspec.json.encode(registry()), indent=2) + b"\n"
    assert found.decode() == GOLDEN.read_text()
