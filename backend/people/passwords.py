"""Passwords: argon2id (RFC 9106), off the event loop, two at a time so that they cannot starve it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(_AT_ONCE, "argon2")
_NOBODY = _hasher.hash("the password of nobody")


async def hash_password(password: str) -> str:
    """The encoded hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def check_password(stored: str | None, password: str) -> bool:
    """Whether this is the password. Takes as long when there is none, so that nothing is told."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _check, stored, password)


def _check(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
