"""From a take to an MP4: nothing is transcoded that need not be, losses and absences stay where they were in time."""

import random
from collections.abc import Sequence
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.packet import Packet
from media.recording import take
from media.replay import stills
from media.replay.movie import Nothing, make
from media.replay.order import in_order
from media.replay.timing import Timing
from tests.media import reel, takes
from tests.media.sdp import Codec
from tests.media.takes import Arrival

CODECS: tuple[Codec, ...] = ("H264", "VP8")


class Seen:
    """A movie, opened by somebody else's demuxer and decoders."""

    def __init__(self, path: Path) -> None:
        with av.open(path) as movie:
            self.codecs = [stream.codec_context.name for stream in movie.streams]
            self.length = (movie.duration or 0) / 1000
        with av.open(path) as movie:
            frames = list(movie.decode(video=0))
            self.times = [float(frame.time) * 1000 for frame in frames]
            self.sizes = {(frame.width, frame.height) for frame in frames}

    def holes(self, above: float = 100.0) -> list[tuple[float, float]]:
        """Where the picture stood still for so many ms."""
        pairs = zip(self.times, self.times[1:], strict=False)
        return [(before, after) for before, after in pairs if after - before > above]


def loudness(path: Path) -> list[float]:
    """The mean level of each 20 ms of sound."""
    levels = []
    with av.open(path) as movie:
        resampler = av.AudioResampler("s16", "mono", 8000, frame_size=160)
        for frame in movie.decode(audio=0):
            for part in resampler.resample(frame):
                samples = memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h")
                levels.append(sum(map(abs, samples)) / len(samples))
    return levels


def faststart(path: Path) -> bool:
    """Whether the index stands before the media, so that a player begins at once."""
    data = path.read_bytes()
    return data.find(b"moov") < data.find(b"mdat")


def scrambled(arrivals: Sequence[Arrival], seed: int = 1) -> list[Arrival]:
    """A network with jitter: packets overtake each other by up to 300 ms, some come twice."""
    dice = random.Random(seed)
    late = [Arrival(at + dice.random() * dice.choice((3, 3, 300)), packet) for at, packet in arrivals]
    return late + [Arrival(at + 50, packet) for at, packet in late[::17]]


@pytest.mark.parametrize("codec", CODECS)
def test_a_take_becomes_a_movie_with_its_index_in_front(codec: Codec, tmp_path: Path) -> None:
    take_ = takes.write(tmp_path / "host", takes.video(codec, reel.pictures(codec)), takes.audio(reel.tones()))
    assert make(take_, tmp_path / "movie") == (takes.EPOCH, 2000)
    movie = Seen(tmp_path / "movie")
    assert movie.codecs == ["h264", "aac"]
    assert faststart(tmp_path / "movie")
    assert abs(movie.length - 2000) < 50
    assert len(movie.times) == 60
    assert not movie.holes(40)
    assert sum(level > 1000 for level in loudness(tmp_path / "movie")) > 90


def test_h264_is_copied_bit_for_bit(tmp_path: Path) -> None:
    take_ = takes.write(tmp_path / "host", takes.video("H264", reel.pictures("H264")))
    make(take_, tmp_path / "movie")
    data = (tmp_path / "movie").read_bytes()
    slices = [picture.rsplit(b"\0\0\1", 1)[1] for picture in reel.pictures("H264")]
    assert all(piece in data for piece in slices)


@given(seed=st.integers(0, 1000))
def test_packets_are_put_in_order_again_whatever_the_network_did(seed: int) -> None:
    arrivals = list(takes.video("H264", reel.pictures("H264")[:10], sequence=65_500))
    first, *rest = arrivals
    mixed = sorted([first, *scrambled(rest, seed)], key=lambda arrival: arrival.at)
    records = [take.Record(round(at), 0, "H264", packet.data) for at, packet in mixed]
    assert [sent.packet.payload for sent in in_order(records)] == [packet.data[12:] for _, packet in arrivals]
    assert all(sent.whole for sent in in_order(records))


def test_a_beginning_without_its_parameters_is_left_out(tmp_path: Path) -> None:
    make(takes.write(tmp_path / "host", list(takes.video("H264", reel.pictures("H264")))[1:]), tmp_path / "movie")
    assert len(Seen(tmp_path / "movie").times) == 30


def test_jitter_and_repetitions_move_no_picture(tmp_path: Path) -> None:
    pictures = scrambled(list(takes.video("H264", reel.pictures("H264"))))
    make(takes.write(tmp_path / "host", pictures, takes.audio(reel.tones())), tmp_path / "movie")
    movie = Seen(tmp_path / "movie")
    assert len(movie.times) == 60
    assert all(abs(at - number * 1000 / 30) < 5 for number, at in enumerate(movie.times))


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_lost_stands_still_until_the_next_key_frame(codec: Codec, tmp_path: Path) -> None:
    pictures = [arrival for arrival in takes.video(codec, reel.pictures(codec)) if not 333 < arrival.at < 340]
    sounds = [arrival for arrival in takes.audio(reel.tones()) if not 500 <= arrival.at < 800]
    make(takes.write(tmp_path / "host", pictures, sounds), tmp_path / "movie")
    [(before, after)] = Seen(tmp_path / "movie").holes()
    assert (round(before), round(after)) == (300, 1000)
    levels = loudness(tmp_path / "movie")
    assert max(levels[27:38]) < 500
    assert min(levels[5:23]) > 1000
    assert min(levels[45:95]) > 1000


def test_an_absence_and_a_restart_of_the_relay_stay_on_the_timeline(tmp_path: Path) -> None:
    """The host is away for 4 s and comes back with another device; the relay has forgotten numbers and times."""
    take_ = takes.write(
        tmp_path / "host",
        takes.video("H264", reel.pictures("H264")[:30]),
        takes.audio(reel.tones()[:50]),
        takes.video("H264", reel.pictures("H264", 240, 320)[:30], at=5000, ssrc=91, sequence=9, clock=77_000),
        takes.audio(reel.tones()[:50], at=5000, ssrc=92, sequence=4, clock=3_000_000),
    )
    assert make(take_, tmp_path / "movie")[1] == 6000
    movie = Seen(tmp_path / "movie")
    [(before, after)] = movie.holes()
    assert abs(before - 967) < 5
    assert abs(after - 5000) < 5
    assert movie.sizes == {(320, 180), (240, 320)}
    assert (tmp_path / "movie").read_bytes().count(b"avcC") == 2
    levels = loudness(tmp_path / "movie")
    assert max(levels[55:245]) < 500
    assert min(levels[255:295]) > 1000


def test_a_change_of_codec_is_one_movie_in_one_size(tmp_path: Path) -> None:
    take_ = takes.write(
        tmp_path / "host",
        takes.video("VP8", reel.pictures("VP8")[:30]),
        takes.video("H264", reel.pictures("H264", 240, 320)[:30], at=1000, sequence=5, ssrc=91),
    )
    make(take_, tmp_path / "movie")
    movie = Seen(tmp_path / "movie")
    assert movie.sizes == {(320, 180)}
    assert len(movie.times) == 60


def test_clocks_that_drift_apart_keep_sound_and_picture_together() -> None:
    """An hour in which the microphone's clock runs 100 ppm fast: 360 ms, and none of it is left."""
    records = [
        take.Record(takes.EPOCH + second * 1000, track, codec, tick(track, codec, second, rate).data)
        for second in range(0, 3600, 2)
        for track, codec, rate in ((0, "H264", 90_000.0), (1, "opus", 48_004.8))
    ]
    timing = Timing(records)
    for second in range(0, 3600, 60):
        picture, sound = (timing.position(ssrc, round(second * rate)) for ssrc, rate in ((7, 90_000.0), (8, 48_004.8)))
        assert abs(picture - sound) < 3


def tick(track: int, codec: str, second: int, rate: float) -> Packet:
    return Packet(track, codec, 0, second, round(second * rate) & 0xFFFFFFFF, 7 + track, b"x")


def test_nothing_to_see_and_nothing_to_hear_is_no_movie(tmp_path: Path) -> None:
    headless = list(takes.video("H264", reel.pictures("H264")[1:20]))
    with pytest.raises(Nothing):
        make(takes.write(tmp_path / "host", headless), tmp_path / "movie")


def test_sound_alone_is_a_movie(tmp_path: Path) -> None:
    make(takes.write(tmp_path / "host", takes.audio(reel.tones())), tmp_path / "movie")
    assert len(loudness(tmp_path / "movie")) >= 98
    with pytest.raises(stills.FAULTS):
        stills.poster(tmp_path / "movie", tmp_path / "poster", 2000)


def test_poster_and_thumbnails_are_pictures_of_the_movie(tmp_path: Path) -> None:
    make(takes.write(tmp_path / "host", takes.video("H264", reel.pictures("H264"))), tmp_path / "movie")
    stills.poster(tmp_path / "movie", tmp_path / "poster.jpg", 2000)
    assert stills.thumbnails(tmp_path / "movie", tmp_path / "sheet.jpg", 45_000) == (4, 11_250)
    with av.open(tmp_path / "poster.jpg") as poster, av.open(tmp_path / "sheet.jpg") as sheet:
        assert next(poster.decode(video=0)).width == 320
        assert next(sheet.decode(video=0)).width == stills.COLUMNS * stills.WIDTH
