"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
PAUSE = 0.02


@overload
async def eventually(why: str, condition: Callable[[], Awaitable[T]], timeout: float = 10.0) -> T: ...


@overload
async def eventually(why: str, condition: Callable[[], T], timeout: float = 10.0) -> T: ...


async def eventually(why: str, condition: Callable[[], Any], timeout: float = 10.0) -> Any:
    """Try `condition` (plain or async) until it is truthy and return what it returned.

    An AssertionError inside counts as "not yet". Fails after `timeout` seconds, saying why we waited and what was last.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            outcome = condition()
            answer = await outcome if inspect.isawaitable(outcome) else outcome
            last: object = answer
            if answer:
                return answer
        except AssertionError as fault:
            last = fault
        if time.monotonic() > deadline:
            raise AssertionError(f"{why}: not within {timeout:g} s; last: {last}")
        await asyncio.sleep(PAUSE)
