"""`GET /metrics`: the relay's figures as Prometheus's text format has them. They name rooms, and nobody in them."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields

from media.relay import Relay
from media.seat import Seat
from media.tally import Tally

TYPE = "text/plain; version=0.0.4"
_HELP = {
    "packets": "RTP packets sent to viewers, repetitions not counted.",
    "octets": "Bytes of them, without the headers of UDP and SRTP's tag.",
    "expected": "Packets viewers expected, by their receiver reports.",
    "lost": "Packets viewers report as lost for good.",
    "nacks": "Packets viewers asked for again.",
    "repeats": "Packets sent again.",
    "key_requests": "Key frames viewers asked for (PLI, FIR).",
}
_LAYER = "Viewers by the picture they get: the best, one of the layers as offered (1 to 3), or none."
_COUNTED = {
    "garbage": "not well formed",
    "strangers": "well formed, of no peer",
    "forged": "SRTP that does not authenticate",
    "flooded": "of a peer that sends more than any browser does",
    "unsent": "not taken by the kernel",
}

Sample = tuple[dict[str, str], float]


def exposition(relay: Relay) -> str:
    """All of it."""
    return "".join([*_worker(relay), *_seats(relay)])


def _worker(relay: Relay) -> Iterator[str]:
    """One relay process, whatever rooms it had. Its CPU over its packets is the price of a packet."""
    yield _family("info", "gauge", "How it sends.", [({"engine": relay.engine.name}, 1)])
    yield _family("draining", "gauge", "Whether it takes nobody new.", [({}, relay.draining)])
    yield _family("rooms", "gauge", "Rooms with anybody in them.", [({}, len(relay.rooms))])
    yield _family("connections", "gauge", "Sessions of WHIP and WHEP.", [({}, len(relay.connections))])
    yield _family("spooled", "gauge", "Messages the backend has not acknowledged.", [({}, relay.outbox.waiting)])
    yield _family("cpu_seconds_total", "counter", "CPU the process has used.", [({}, time.process_time())])
    price = "CPU of the process per packet sent, over the last second."
    yield _family("microseconds_per_packet", "gauge", price, [({}, relay.load.microseconds)])
    counted = asdict(relay.counters)
    yield _family("fast_packets_total", "counter", "RTP packets the fast path sent.", [({}, counted["fast"])])
    refused: list[Sample] = [({"kind": kind}, counted[kind]) for kind in _COUNTED]
    why = ", ".join(f"{kind}: {what}" for kind, what in _COUNTED.items())
    yield _family("datagrams_total", "counter", f"Datagrams that led to nothing ({why}).", refused)
    for name, value in asdict(relay.tally()).items():
        yield _family(f"worker_{name}_total", "counter", f"{_HELP[name]} All rooms, also past ones.", [({}, value)])


def _seats(relay: Relay) -> Iterator[str]:
    """The seats of rooms that have anybody in them now."""
    seats = [
        ({"room": str(room.name), "seat": seat.name}, seat) for room in relay.rooms.values() for seat in room.seats
    ]
    now = relay.now()
    silent: list[Sample] = [(labels, _not_receiving(seat, now)) for labels, seat in seats]
    yield _family("viewers", "gauge", "Viewers connected.", [(labels, len(seat.viewers)) for labels, seat in seats])
    pictures: list[Sample] = [
        (labels | {"layer": layer}, number) for labels, seat in seats for layer, number in _layers(seat)
    ]
    yield _family("viewers_by_layer", "gauge", _LAYER, pictures)
    yield _family("viewers_not_receiving", "gauge", "Viewers whom no media reached lately though it is sent.", silent)
    yield _family("on_air", "gauge", "Whether media comes in.", [(labels, not seat.silent) for labels, seat in seats])
    for field in fields(Tally):
        samples: list[Sample] = [(labels, getattr(seat.tally, field.name)) for labels, seat in seats]
        yield _family(f"{field.name}_total", "counter", _HELP[field.name], samples)


def _layers(seat: Seat) -> Iterator[tuple[str, int]]:
    """How many viewers have which picture: the one all get, one of the layers, or only sound."""
    watched = Counter(viewer.picture for viewer in seat.viewers)
    yield "best", watched[seat.tracks["video"].number]
    for place, layer in enumerate(seat.layers, 1):
        yield str(place), watched[layer.number]
    yield "none", watched[None]


def _not_receiving(seat: Seat, now: float) -> int:
    return 0 if seat.silent else sum(not viewer.receipt.receiving(now) for viewer in seat.viewers)


def _family(name: str, kind: str, told: str, samples: list[Sample]) -> str:
    full = f"wake_media_{name}"
    lines = [f"# HELP {full} {told}", f"# TYPE {full} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{full}{{{inside}}} {float(value):.12g}" if inside else f"{full} {float(value):.12g}")
    return "\n".join(lines) + "\n"
