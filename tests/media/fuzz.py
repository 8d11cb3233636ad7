"""Throws spoiled input at all the relay reads from the network: nothing may come back but what the parsers name.

    python -m tests.media.fuzz                      # 1,000,000 inputs, half a minute
    python -m tests.media.fuzz --inputs 20000 --seed 7 --only rtcp sdp

Valid messages are cut, spliced, repeated and sprinkled with interesting numbers, then parsed; what is understood is
used as the relay uses it. Prints one line per target; a fault ends it with the target, the seed and the input's number.
"""

import argparse
import random
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from media import answer, fragment, rtcp, rtp, sdp, stun
from media.receipt import Receipt
from media.reception import Reception
from media.stream import Door, Stream
from media.track import Track
from tests.media.link import binding_request
from tests.media.sdp import Local, offer

NUMBERS = [b"\0", b"\xff", b"\x80", b"\x7f", b"\0\0", b"\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"2147483648"]
WORDS = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:", "a=rtpmap:300 H264/90000", "a=fmtp:96 apt=96", "a=ice-pwd:",
         "a=fingerprint:sha-256 ", "a=candidate:1 1 tcp 1 ::1 9 typ host", "a=group:BUNDLE", "é\u2028"]  # fmt: skip
LOCAL = answer.Local("ours", "password", "AA:BB", ("192.0.2.1", "2001:db8::1"), 4000, tcp=True)
WHO = Local("ufra", "a password of twenty-four", "sha-256 AA:BB", {"audio": 1, "video": 2})
LONGEST = 4096


class Fuzzer:
    """One chance for all targets."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def spoiled(self, seeds: Sequence[bytes]) -> bytes:
        """One of the seeds with one to six pieces changed."""
        data = bytearray(self.dice.choice(seeds))
        for _ in range(self.dice.randint(1, 6)):
            at = self.dice.randrange(len(data) + 1)
            match self.dice.randrange(6):
                case 0:
                    del data[at : at + self.dice.randint(1, 40)]
                case 1:
                    data[at:at] = self.dice.randbytes(self.dice.randint(1, 20))
                case 2:
                    data[at : at + 4] = self.dice.choice(NUMBERS)
                case 3 if data:
                    data[at % len(data)] ^= 1 << self.dice.randrange(8)
                case 4:
                    other = self.dice.choice(seeds)
                    data[at:] = other[self.dice.randrange(len(other) + 1) :]
                case _:
                    data[at:at] = data[at : at + self.dice.randint(1, 60)]
        return bytes(data[:LONGEST])

    def spoiled_text(self, seeds: Sequence[str]) -> str:
        """One of the seeds with lines lost, doubled, swapped and of other seeds, and then some bytes changed."""
        lines = self.dice.choice(seeds).split("\r\n")
        for _ in range(self.dice.randint(1, 5)):
            at = self.dice.randrange(len(lines) or 1)
            match self.dice.randrange(4):
                case 0:
                    del lines[at : at + 1]
                case 1:
                    lines[at:at] = lines[at : at + self.dice.randint(1, 30)]
                case 2:
                    lines.insert(at, self.dice.choice(WORDS))
                case _:
                    self.dice.shuffle(lines)
        text = "\r\n".join(lines).encode()
        return (self.spoiled([text]) if self.dice.random() < 0.5 else text).decode(errors="replace")


def packets() -> list[bytes]:
    """RTP as browsers send it, with extensions, sources, padding; key frames of both codecs."""
    head = struct.pack("!BBHII", 0x90, 0xE6, 7, 90_000, 2) + b"\xbe\xde\0\1\x40\x31\0\0"
    fu, vp8 = b"\x7c\x85" + bytes(40), b"\x90\x80\x81\x10" + bytes(30)
    stap = b"\x78\0\4\x67\1\2\3\0\3\x68\1\2\0\5\x65abcd"
    padded = struct.pack("!BBHII", 0xB2, 96, 8, 1, 2) + bytes(8) + b"\xbe\xde\0\0" + b"x" * 20 + b"\0\0\0\4"
    return [head + body for body in (fu, stap, vp8, b"")] + [padded]


def reports() -> list[bytes]:
    """RTCP of every kind the relay reads."""
    block = rtcp.Block(2, 3, 4, 70_000, 5, 6, 7)
    fir = struct.pack("!BBHIIIB3x", 0x84, 206, 4, 1, 2, 2, 9)
    return [
        rtcp.receiver_report([block] * 3) + rtcp.nack(2, [1, 2, 30, 65535]),
        rtcp.sender_report(2, 1 << 40, 5, 6, 7) + rtcp.pli(2),
        rtcp.receiver_report([]) + rtcp.remb(1_000_000, [1, 2]) + fir,
    ]


def try_stun(fuzzer: Fuzzer) -> Callable[[], Any]:
    key = stun.Key(b"the password")
    seeds = [binding_request(fuzzer.dice.randbytes(12), "ours:theirs", "the password") for _ in range(4)]

    def once() -> bytes:
        data = fuzzer.spoiled(seeds)
        request = stun.parse(data)
        if request is not None and request.proven(key) and data not in seeds:
            raise AssertionError(f"a forgery was believed: {data.hex()}")
        if request is not None:
            stun.answer(request, ("2001:db8::1", 9, 0, 0), key)
        return data

    return once


def try_rtp(fuzzer: Fuzzer) -> Callable[[], Any]:
    seeds = packets()
    tracks, receptions = [Track(0, 90_000), Track(1, 48_000)], [Reception(2, 90_000), Reception(3, 48_000)]
    for track, codec in zip(tracks, ("H264", "VP8"), strict=True):
        track.splice(codec)
    clock = [0.0]

    def once() -> None:
        packet = rtp.parse(fuzzer.spoiled(seeds))
        if packet is None:
            return
        clock[0] += 0.004
        number = fuzzer.dice.randrange(2)
        packet = rtp.original(packet, 96, 2) or packet if fuzzer.dice.random() < 0.2 else packet
        receptions[number].add(packet.sequence_number, packet.timestamp, clock[0])
        receptions[number].block(0, 0)
        assert len(receptions[number].missing) <= 128
        forward = tracks[number].take(packet, clock[0])
        if forward is not None:
            assert tracks[number].recall(forward.sequence) is forward
        rtp.begins_key_frame(fuzzer.dice.choice(["H264", "VP8", "opus"]), packet.payload)

    return once


def try_rtcp(fuzzer: Fuzzer) -> Callable[[], Any]:
    seeds, receipt = reports(), Receipt(0.0)

    def once() -> None:
        for item in rtcp.parse(fuzzer.spoiled(seeds)):
            if isinstance(item, rtcp.Report):
                expected, lost = receipt.report(item.ssrc, item.highest, item.lost, 1.0)
                assert 0 <= lost <= expected
            elif isinstance(item, rtcp.Lost):
                assert len(item.sequences) <= LONGEST // 4 * 17

    return once


def try_sdp(fuzzer: Fuzzer) -> Callable[[], Any]:
    seeds = [offer(WHO, "H264", "VP8"), offer(Local("u", "p", "sha-256 AA"), "VP8", "H264")]

    def once() -> None:
        text = fuzzer.spoiled_text(seeds)
        for direction in ("send", "recv"):
            try:
                read = sdp.parse(text, cast(Any, direction))
            except sdp.Unacceptable:
                continue
            assert answer.to_publisher(read, LOCAL).startswith("v=0")
            assert answer.to_viewer(read, LOCAL, {"audio": 1, "video": 2}).startswith("v=0")

    return once


def try_fragment(fuzzer: Fuzzer) -> Callable[[], Any]:
    seeds = [fragment.answer(fragment.Fragment("u", "p", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "0"), LOCAL)]

    def once() -> None:
        try:
            asked = fragment.parse(fuzzer.spoiled_text(seeds))
        except sdp.Unacceptable:
            return
        assert fragment.answer(asked, LOCAL).endswith("a=end-of-candidates\r\n")

    return once


class _Ear:
    """What a stream asks of its door."""

    garbage = 0

    def __init__(self) -> None:
        self.counters = self
        self.heard = 0

    def take(self, data: bytes, _stream: Stream) -> None:
        self.heard += len(data)


def try_frames(fuzzer: Fuzzer) -> Callable[[], Any]:
    seeds = [b"".join(len(data).to_bytes(2, "big") + data for data in packets() + reports())]

    def once() -> None:
        ear = _Ear()
        stream, data = Stream(cast(Door, ear)), fuzzer.spoiled(seeds)
        cut = fuzzer.dice.randrange(len(data) + 1)
        for piece in (data[:cut], data[cut:]):
            if not stream.closed and not ear.garbage:
                stream.data_received(piece)
        assert ear.heard <= len(data)

    return once


TARGETS = {"stun": try_stun, "rtp": try_rtp, "rtcp": try_rtcp, "sdp": try_sdp, "fragment": try_fragment,
           "frames": try_frames}  # fmt: skip


def fuzz(name: str, inputs: int, seed: int) -> float:
    """Try `inputs` on one target: the seconds it took. What it raises has the target and the number of the input."""
    once = TARGETS[name](Fuzzer(seed))
    began = time.perf_counter()
    for number in range(inputs):
        try:
            once()
        except Exception as fault:
            raise AssertionError(f"{name}, seed {seed}, input {number}: {fault!r}") from fault
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--only", nargs="*", choices=list(TARGETS), default=list(TARGETS))
    given = parser.parse_args()
    each = -(-given.inputs // len(given.only))
    for name in given.only:
        seconds = fuzz(name, each, given.seed)
        price = seconds / each * 1e6
        sys.stdout.write(f"{name:9} {each:9,} inputs  {seconds:6.1f} s  {price:6.1f} µs each  no fault\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
