"""The proof that closes every flow: the rebuilt projections equal the live ones, row for row."""

from backend.record import differences


async def assert_rebuild_equals_live() -> None:
    """Rebuild aside and compare, over the process's open pool and outside a transaction."""
    assert await differences() == []
