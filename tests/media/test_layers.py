"""Which layer of a picture a viewer gets."""

from functools import partial
from uuid import UUID

from tests.expect import eventually
from tests.media.clients import Relay, grant
from tests.media.layered import Curious, Layered
from tests.media.stage import on_air


async def test_no_number_has_two_contents_when_layers_change_and_packets_are_late(relay: Relay, room: UUID) -> None:
    """AES-GCM gives its key away when a number is used twice: not what is late of the layer they left, nor what is
    older than the key frame of the one they came to, nor what they ask for again long after may be sent by one."""
    viewer = Curious(relay, room, grant(room), loss=0.02)
    async with on_air(relay, room, kind=Layered, rtx=False, probes=False) as host:
        await viewer.join()
        await eventually("a picture", viewer.pictured)
        for wish, seconds in (("low", 1), ("auto", 1), ("low", 4)):
            assert (await relay.http.patch(viewer.location, json={"video": wish})).status_code == 204
            await eventually(f"the picture is {wish}", partial(shows, viewer, wish))
            await past_asked(viewer, seconds)
        await viewer.vanish()
        assert isinstance(host, Layered)
        assert host.late > 300
    assert viewer.video.twice > 300
    assert viewer.torn == 0


def shows(viewer: Curious, wish: str) -> bool:
    return viewer.small is (wish == "low")


async def past_asked(viewer: Curious, seconds: float) -> None:
    """Ask for what is past until so much more of it has been shown, at 30 frames a second."""
    goal = viewer.video.frames + 30 * seconds

    def shown() -> bool:
        viewer.ask_for_the_past()
        return viewer.video.frames >= goal

    await eventually("the picture goes on", shown, timeout=20)
