"""What the worker does for recordings: it keeps what was announced, also when its job has given up."""

from datetime import timedelta

from backend.features.files.storage import Storage
from backend.features.live import recordings
from backend.features.replays import keeping
from backend.kit import jobs

GIVEN_UP = timedelta(minutes=30)
"""A job tries for a quarter of an hour; the relay may be away for longer."""

_storage: Storage | None = None


def use(storage: Storage) -> None:
    """Keep recordings there."""
    global _storage
    _storage = storage


@jobs.job(recordings.KEEP)
async def keep_recording(keeping_of: recordings.Keeping) -> None:
    """Bring a recording home and make it a lesson."""
    if _storage is None:
        raise RuntimeError("duties.use(storage) has not been called")
    await keeping.keep(keeping_of, _storage)


@jobs.every("*/10 * * * *")
async def remind_of_recordings() -> None:
    """Try again what could not be kept."""
    await recordings.remind(GIVEN_UP)
