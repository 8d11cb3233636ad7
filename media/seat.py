"""One seat of a room: the tracks everybody watches, who publishes them now, and the flush that sends them out."""

import asyncio
from collections.abc import Callable

from media import grant
from media.fanout import Engine, Target
from media.messages import Reason
from media.packet import Packet, level
from media.presence import Presence
from media.publication import Publication
from media.sdp import Kind
from media.track import Track
from media.viewer import Viewer

WAIT = 0.020
"""Seconds to wait for the next packet of a frame: it is of no use before its end, and that ends the wait."""
SOUND, SOUND_PER_VIEWER = 0.004, 0.000_16
"""What sound waits for a frame to go with: in a big room going round the viewers costs more than the packets do."""
BATCH = 12
"""Packets per flush: a key frame of a hundred would drown a phone's last hop."""
CLOCK = 4.0
"""Seconds between two sender reports to a viewer."""
PACE = 0.003
"""Seconds between the flushes of one key frame."""
CATCH_UP = 0.002
"""Seconds between the pieces of the cached picture a joiner gets."""


class Seat:
    """Outlives its publications: viewers stay connected, and the next one continues the same streams."""

    def __init__(
        self, name: grant.Seat, engine: Engine, presence: Presence, gone: Callable[["Seat", Viewer], None]
    ) -> None:
        self.name = name
        self.tracks: dict[Kind, Track] = {"video": Track(0, 90_000), "audio": Track(1, 48_000)}
        self.publication: Publication | None = None
        self.viewers: list[Viewer] = []
        self._engine = engine
        self._presence = presence
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._targets: list[Target] = []
        self._clock_due = {track.number: 0.0 for track in self.tracks.values()}
        self._pending: list[Packet] = []
        self._timer: asyncio.Handle | None = None
        self._pacing = False

    @property
    def silent(self) -> bool:
        """Whether nothing is published."""
        return self.publication is None or not self.publication.live

    def take(self, publication: Publication) -> None:
        """`publication` has the seat from now on; the one before is replaced."""
        self.vacate("replaced")
        self.publication = publication

    def vacate(self, reason: Reason) -> None:
        """End the publication; its viewers stay."""
        publication, self.publication = self.publication, None
        if publication is not None:
            for track in self.tracks.values():
                track.ask = None
            publication.peer.close()
            self._presence.unpublished(self.name, publication, reason)

    def expect(self) -> None:
        """Somebody is about to join: have a fresh key frame ready when they are connected."""
        video = self.tracks["video"]
        if video.key_frame(self._loop.time()) is None:
            video.want_key_frame()

    def drop(self, viewer: Viewer) -> bool:
        """Stop sending to `viewer`; whether they were here."""
        if viewer.target in self._targets:
            self._targets.remove(viewer.target)
        if viewer not in self.viewers:
            return False
        self.viewers.remove(viewer)
        return True

    # What a publication asks of its seat.

    def on_air(self, publication: Publication) -> None:
        """Media has begun, or begun again after a silence."""
        self._presence.published(self.name, publication)

    def ended(self, publication: Publication) -> None:
        """The publisher's browser hung up."""
        if publication is self.publication:
            self.vacate("bye")

    def splice(self, track: Track, codec: str) -> None:
        """Another source goes on with `track`."""
        self._flush_all()
        for viewer in self.viewers:
            viewer.turn(track, codec)
        track.splice(codec)
        self._clock_due[track.number] = 0.0

    def clock(self, track: Track) -> None:
        """`track` has a new sender report; a viewer has one from joining and needs another only against drift."""
        now = self._loop.time()
        if now >= self._clock_due[track.number]:
            self._clock_due[track.number] = now + CLOCK
            for viewer in self.viewers:
                viewer.clock(track)

    def forward(self, packet: Packet) -> None:
        """Send `packet` to everybody, soon."""
        self._pending.append(packet)
        if self._pacing:
            return
        if len(self._pending) >= BATCH or (packet.track == 0 and packet.ends_frame):
            # Not here and now: what else the socket has shall go with it.
            self._plan(self._loop.call_soon(self._flush))
        elif packet.track == 0:
            self._plan(self._loop.call_later(WAIT, self._flush))
        elif self._timer is None:
            patience = min(WAIT, SOUND + SOUND_PER_VIEWER * len(self._targets))
            self._plan(self._loop.call_later(patience, self._flush))

    def _plan(self, flush: asyncio.Handle) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = flush

    # What a viewer asks of its seat.

    def welcome(self, viewer: Viewer) -> None:
        """Send to `viewer` from now on, beginning with the cached picture when there is a fresh one."""
        self._flush_all()
        video, audio = self.tracks["video"], self.tracks["audio"]
        key = video.key_frame(self._loop.time())
        start = video.sequence + 1 if key is None else key
        viewer.begin({"video": start, "audio": audio.sequence + 1})
        self.viewers.append(viewer)
        self._presence.joined(viewer)
        if key is None:
            video.want_key_frame()
        self._catch_up(viewer, start & 0xFFFF)

    def leave(self, viewer: Viewer) -> None:
        """The viewer's browser hung up."""
        self._gone(self, viewer)

    def _catch_up(self, viewer: Viewer, sequence: int) -> None:
        """Send what is cached from `sequence` on, in pieces; then the viewer is one of all."""
        if viewer not in self.viewers or viewer.target is None:
            return
        self._flush_all()
        video = self.tracks["video"]
        piece = video.since(sequence, BATCH)
        self._engine.send(piece, [viewer.target])
        if piece and piece[-1].sequence != video.sequence:
            self._loop.call_later(CATCH_UP, self._catch_up, viewer, piece[-1].sequence + 1 & 0xFFFF)
            return
        self._targets.append(viewer.target)
        for track in self.tracks.values():
            viewer.clock(track)

    def _flush(self) -> None:
        """Send up to `BATCH` packets, or a third of a backlog: a loop that is late must not fall behind for ever."""
        size = min(max(BATCH, len(self._pending) // 3), 4 * BATCH)
        batch, self._pending = self._pending[:size], self._pending[size:]
        self._send(batch)
        self._pacing = bool(self._pending)
        self._timer = self._loop.call_later(PACE, self._flush) if self._pacing else None

    def _flush_all(self) -> None:
        """Nothing may wait when a viewer is to be given what is in the ring: levelling is still to come."""
        while self._pending:
            batch, self._pending = self._pending[: 4 * BATCH], self._pending[4 * BATCH :]
            self._send(batch)

    def _send(self, batch: list[Packet]) -> None:
        batch.sort(key=lambda packet: packet.track)
        level(batch)
        if batch and self._targets:
            self._engine.send(batch, self._targets)
