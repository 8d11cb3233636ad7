"""What an operator sees of the relay, and how it leaves: metrics, drain."""

import signal
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.expect import eventually
from tests.media.clients import Relay, Turned, Viewer, grant
from tests.media.figures import METRICS, figures
from tests.media.layered import Layered
from tests.media.receiver import Receiver
from tests.media.server import RelayProcess
from tests.media.stage import on_air, watching


def ended(server: RelayProcess) -> bool:
    return server.process is not None and server.process.returncode == 0


async def draining(relay: Relay) -> None:
    async def told() -> bool:
        return bool((await relay.http.get("/health")).json()["status"] == "draining")

    await eventually("it says that it drains", told)


async def test_metrics_tell_what_happens_in_a_room(tmp_path: Path, backend: Receiver, room: UUID) -> None:
    server = RelayProcess(tmp_path, backend.url)
    await server.start(MEDIA_METRICS_SECRET=METRICS)
    where = f'room="{room}",seat="host"'
    async with Relay(server.url) as relay:
        async with on_air(relay, room), watching(relay, room, loss=0.05) as viewer, watching(relay, room):
            await eventually("a picture", viewer.pictured)
            viewer.ask_key()

            async def counted() -> dict[tuple[str, str], float]:
                now = await figures(relay)
                names = ("packets", "octets", "expected", "nacks", "repeats", "key_requests")
                assert all(now[f"wake_media_{name}_total", where] > 0 for name in names)
                assert now["wake_media_viewers_not_receiving", where] == 0
                return now

            now = await eventually("everything is counted", counted)
            assert (now["wake_media_viewers", where], now["wake_media_on_air", where]) == (2, 1)
            assert now["wake_media_octets_total", where] > 100 * now["wake_media_packets_total", where]
            assert now["wake_media_microseconds_per_packet", ""] > 0
        control = {"Authorization": f"Bearer {grant(room, control=True)}"}
        await relay.http.delete(f"/rooms/{room}", headers=control)
        after = await figures(relay)
        assert ("wake_media_viewers", where) not in after
        assert after["wake_media_worker_packets_total", ""] >= now["wake_media_packets_total", where]
    await server.stop()


async def test_metrics_tell_who_is_on_which_layer(tmp_path: Path, backend: Receiver, room: UUID) -> None:
    server = RelayProcess(tmp_path, backend.url)
    await server.start(MEDIA_METRICS_SECRET=METRICS)
    where = f'room="{room}",seat="host"'
    async with (
        Relay(server.url) as relay,
        on_air(relay, room, kind=Layered, rtx=False),
        watching(relay, room),
        watching(relay, room) as low,
        watching(relay, room) as none,
    ):
        for viewer, wish in ((low, "low"), (none, "none")):
            assert (await relay.http.patch(viewer.location, json={"video": wish})).status_code == 204
        wanted = {"best": 1.0, "1": 1.0, "2": 0.0, "3": 0.0, "none": 1.0}

        async def told() -> bool:
            now = await figures(relay)
            found = {layer: now["wake_media_viewers_by_layer", f'{where},layer="{layer}"'] for layer in wanted}
            return found == wanted

        await eventually("one has the best, one the smallest, one none", told)
    await server.stop()


async def test_metrics_are_nobodys_without_their_secret(tmp_path: Path, relay: Relay) -> None:
    assert (await relay.http.get("/metrics", headers={"Authorization": "Bearer x"})).status_code == 404
    server = RelayProcess(tmp_path, "http://127.0.0.1:9/")
    await server.start(MEDIA_METRICS_SECRET=METRICS)
    async with Relay(server.url) as guarded:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Bearer {grant(UUID(int=1))}"}):
            answer = await guarded.http.get("/metrics", headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    await server.stop()


async def test_a_relay_that_drains_takes_nobody_new_and_lets_the_others_stay(
    tmp_path: Path, backend: Receiver, room: UUID
) -> None:
    server = RelayProcess(tmp_path, backend.url)
    await server.start(MEDIA_GRACE="600")
    assert server.process is not None
    async with Relay(server.url) as relay:
        async with on_air(relay, room), watching(relay, room) as viewer:
            await eventually("a picture", viewer.pictured)
            server.process.send_signal(signal.SIGTERM)
            await draining(relay)
            late = Viewer(relay, room, grant(room))
            with pytest.raises(Turned) as turned:
                await late.join()
            await late.vanish()
            assert turned.value.status == httpx.codes.SERVICE_UNAVAILABLE
            before = viewer.video.received
            await eventually("the picture goes on", lambda: viewer.video.received > before + 150)
            assert await relay.delete(viewer.location, viewer.token) == 200
            assert server.process.returncode is None
        await eventually("it ends when all have gone", lambda: ended(server))


async def test_a_relay_told_twice_ends_at_once(tmp_path: Path, backend: Receiver, room: UUID) -> None:
    server = RelayProcess(tmp_path, backend.url)
    await server.start(MEDIA_GRACE="600")
    assert server.process is not None
    async with Relay(server.url) as relay, on_air(relay, room) as host:
        server.process.send_signal(signal.SIGTERM)
        await draining(relay)
        server.process.send_signal(signal.SIGTERM)
        await eventually("it hangs up", host.link.gone.is_set)
        await eventually("it ends", lambda: ended(server))
