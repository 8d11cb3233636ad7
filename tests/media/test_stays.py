"""What the relay tells of stays that last, to the message and nearly to the millisecond: the scenes seen to their end."""

import asyncio

import pytest

from tests.media.scenes import SCENES, Scene


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_that(scene: Scene, playing: dict[Scene, asyncio.Task[None]]) -> None:
    await playing[scene]
