"""One seat of a room: the tracks everybody watches, who publishes them now, and the flush that sends them out."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from media import grant
from media.fast_path import Route
from media.flow import Flow
from media.messages import Reason
from media.mixed import Mixed
from media.packet import Packet, level
from media.past import Past
from media.peer import Peer
from media.presence import Presence
from media.publication import Publication
from media.recording.tape import Tape
from media.sdp import LAYERS, Kind
from media.stream import Stream
from media.tally import Tally
from media.target import Crowd, Group
from media.track import Track
from media.viewer import Viewer

CLOCK = 4.0
"""Seconds between two sender reports to a viewer."""
UNHURRIED = 4.0
"""Seconds from one key frame to the next that is asked for because somebody's line carries more."""
CATCH_UP = 0.002
"""Seconds between the pieces of the cached picture a joiner gets."""


class Seat:
    """Outlives its publications: viewers stay connected, and the next one continues the same streams."""

    def __init__(
        self, name: grant.Seat, engine: Mixed, presence: Presence, gone: Callable[["Seat", Viewer], None]
    ) -> None:
        self.name = name
        self.tracks: dict[Kind, Track] = {"video": Track(0, 90_000), "audio": Track(1, 48_000)}
        like = self.tracks["video"]
        self.layers: Sequence[Track] = [Track(2 + 2 * index, like.clock, like) for index in range(LAYERS)]
        self._numbered = {track.number: track for track in (*self.tracks.values(), *self.layers)}
        self.publication: Publication | None = None
        self.viewers: list[Viewer] = []
        self.tally = Tally()
        self.tape: Tape | None = None
        self.rendered = False
        self._engine = engine
        self._presence = presence
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._crowd = Crowd()
        self._clock_due = dict.fromkeys(self._numbered, 0.0)
        self._wanted: dict[Viewer, Track] = {}
        self._past = Past(self.tracks["video"])
        self._sent = self.tracks["video"].sequence
        self._common = Flow(self._send)
        self._flows = {track.number: self._common for track in self.tracks.values()}

    @property
    def silent(self) -> bool:
        """Whether nothing is published."""
        return self.publication is None or not self.publication.live

    @property
    def relayed(self) -> bool:
        """Whether another relay of the fleet is where the media comes from."""
        return self.publication is not None and self.publication.relayed

    def take(self, publication: Publication) -> None:
        """`publication` has the seat from now on; the one before is replaced."""
        self.vacate("replaced")
        self.publication = publication

    def vacate(self, reason: Reason) -> None:
        """End the publication; its viewers stay."""
        self._engine.settle()
        publication, self.publication = self.publication, None
        if publication is not None:
            for track in self._numbered.values():
                track.ask = None
            publication.peer.close()
            self._presence.unpublished(self.name, publication, reason)

    def expect(self) -> None:
        """Somebody is about to join: have a fresh key frame ready when they are connected."""
        self._engine.settle()
        video = self.tracks["video"]
        if video.key_frame(self._loop.time()) is None:
            video.want_key_frame()

    def drop(self, viewer: Viewer) -> bool:
        """Stop sending to `viewer`; whether they were here."""
        self._engine.settle()
        self._crowd.remove(viewer.target)
        self._wanted.pop(viewer, None)
        if viewer not in self.viewers:
            return False
        self.viewers.remove(viewer)
        self._see_who_watches()
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
        """Send `packet` to everybody who gets its track, soon."""
        if self._wanted and self.track(packet.track).begins(packet):
            self._turn(packet)
        if packet.track in self._flows:
            self._flows[packet.track].add(packet)

    # What the fast path asks of a seat.

    def route(self) -> Route | None:
        """How what is published goes to everybody as long as nothing happens; None when something is happening, or
        when anybody has to be looked at: who is reached by TCP, or gets a layer of their own."""
        publication = self.publication
        if publication is None or self._wanted or not self._common.idle or len(self._flows) > len(self.tracks):
            return None
        groups, peer, lanes = self._crowd.groups, publication.peer, publication.lanes()
        if not lanes or not isinstance(peer, Peer) or peer.inbound is None or isinstance(peer.address, Stream):
            return None
        if peer.address is None or any(group.targets[0].stream is not None for group in groups):
            return None
        codecs = self.tracks["video"].codec, self.tracks["audio"].codec
        return Route(peer, self, peer.address, peer.inbound, lanes, codecs, groups)

    def hold(self) -> None:
        """See `fast_path.Sink`."""
        self._common.hold()

    def given(self) -> None:
        """See `fast_path.Sink`."""
        batch = self._common.given()
        self._level(batch)
        self._count(batch, self._crowd.groups)

    def release(self) -> None:
        """See `fast_path.Sink`."""
        self._common.release()

    # What a viewer asks of its seat.

    def welcome(self, viewer: Viewer) -> None:
        """Send to `viewer` from now on, beginning with the cached picture when there is a fresh one."""
        video, audio = self.tracks["video"], self.tracks["audio"]
        key = video.key_frame(self._loop.time())
        start = video.sequence + 1 if key is None else key
        viewer.begin({"video": start, "audio": audio.sequence + 1})
        self.viewers.append(viewer)
        if not viewer.edge:
            self._presence.joined(viewer)
        if viewer.chooser.wish == "none":
            viewer.rest()
            start = video.sequence + 1
        elif key is None:
            video.want_key_frame()
        self._catch_up(viewer, start & 0xFFFF)

    def leave(self, viewer: Viewer) -> None:
        """The viewer's browser hung up."""
        self._gone(self, viewer)

    def _catch_up(self, viewer: Viewer, sequence: int) -> None:
        """Send what went out from `sequence` on, in pieces; then the viewer is one of all, for whom the rest waits.

        Nobody's packets are hurried: many come at once, and each flush is one to everybody.
        """
        self._engine.settle()
        if viewer.peer.closed or viewer.target is None:
            return
        piece = self._past.piece(sequence, self._sent)
        if not all(one.settled for one in piece):  # it came late and waits: not levelled yet
            self._flush_all()
        self._engine.send(piece, [Group([viewer.target])])
        if piece and piece[-1].sequence != self._sent:
            self._loop.call_later(CATCH_UP, self._catch_up, viewer, piece[-1].sequence + 1 & 0xFFFF)
            return
        self._crowd.add(viewer.target)
        for track in self.tracks.values():
            viewer.clock(track)

    # Which picture whom.

    def track(self, number: int) -> Track:
        """The track of this number."""
        return self._numbered[number]

    def adapt(self, now: float) -> None:
        """Bring each viewer nearer to the picture their line carries; once a second."""
        self._engine.settle()
        if self.publication is not None:
            self.publication.measure(now)
        ladder = self.publication.ladder() if self.publication else []
        for viewer in self.viewers:
            choice = viewer.choose([rate for _, rate in ladder], now)
            if viewer.target is None or viewer.target.crowd is None:
                continue  # still being given the cached picture
            if choice is None:
                self._rest(viewer)
            elif ladder:
                self._lead(viewer, [track for track, _ in ladder], choice, now)

    def _lead(self, viewer: Viewer, rungs: list[Track], choice: int, now: float) -> None:
        """Give `viewer` another picture as soon as it has a key frame: at once downwards, upwards there is time."""
        track, numbers = rungs[choice], [one.number for one in rungs]
        self._wanted.pop(viewer, None)
        if viewer.picture != track.number:
            upwards = viewer.picture is None or viewer.picture in numbers[:choice]
            self._wanted[viewer] = track
            track.refresh(now, UNHURRIED if upwards else 0)

    def _rest(self, viewer: Viewer) -> None:
        self._wanted.pop(viewer, None)
        if viewer.picture is not None:
            self._flush_all()
            viewer.rest()
            self._see_who_watches()

    def _turn(self, packet: Packet) -> None:
        """`packet` begins a key frame: whoever waits for it goes over to its track."""
        track = self.track(packet.track)
        waiting = [viewer for viewer, wanted in self._wanted.items() if wanted is track]
        turning = [viewer for viewer in waiting if viewer.decodes(packet.codec)]
        if turning:
            self._flush_all()
            track.close_past()
        for viewer in turning:
            del self._wanted[viewer]
            viewer.turn_to(track, packet)
        self._see_who_watches()

    def _see_who_watches(self) -> None:
        """A layer nobody watches goes nowhere, one that somebody does has a flow of its own: it disturbs no other."""
        watched = {viewer.picture for viewer in self.viewers}
        for layer in self.layers:
            if layer.number not in watched:
                self._flows.pop(layer.number, None)
            elif layer.number not in self._flows:
                self._flows[layer.number] = Flow(partial(self._send_layer, layer.number))

    def _flush_all(self) -> None:
        for flow in self._flows.values():
            flow.flush_all()

    def _send(self, batch: list[Packet]) -> None:
        self._level(batch)
        self._give(batch, self._crowd.groups)

    def _level(self, batch: list[Packet]) -> None:
        """Bring what all get into the form in which it goes out."""
        if self.tape is not None:
            self.tape.keep(batch)
        batch.sort(key=lambda packet: packet.track)
        level(batch)
        for packet in batch:
            if packet.track == 0 and packet.after(self._sent):
                self._sent = packet.sequence

    def _send_layer(self, number: int, batch: list[Packet]) -> None:
        level(batch)
        self._give(batch, [group for group in self._crowd.groups if number in group.targets[0].outs])

    def _give(self, batch: list[Packet], groups: list[Group]) -> None:
        if batch and groups:
            self._engine.send(batch, groups)
            self._count(batch, groups)

    def _count(self, batch: list[Packet], groups: list[Group]) -> None:
        if batch and groups:
            count = sum(len(group.targets) for group in groups)
            self.tally.packets += len(batch) * count
            self.tally.octets += sum(len(packet.data) for packet in batch) * count
