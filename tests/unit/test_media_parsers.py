"""The relay's parsers take whatever the network brings: an answer or None, never an exception they do not name."""

import contextlib
import struct
from typing import Literal

import pytest
from aioice import stun as aiostun
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket, RtpPacket
from hypothesis import example, given
from hypothesis import strategies as st

from media import answer, fragment, rtcp, rtp, sdp, stun
from tests.media.link import binding_request
from tests.media.sdp import Codec, Local, offer

WHO = Local("ufra", "a password of twenty-four", "sha-256 AA:BB", {"audio": 1, "video": 2})
DIRECTIONS: tuple[Literal["send", "recv"], ...] = ("send", "recv")
KEY = stun.Key(b"the password of the relay")
CHECK = binding_request(bytes(12), "ours:theirs", "the password of the relay")
OFFERS = [offer(WHO, "H264", "VP8"), offer(Local("u", "p", "sha-256 AA"), "VP8")]
U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
cuts = st.tuples(st.integers(0, 200), st.integers(0, 200), st.binary(max_size=8))


def spoiled(data: bytes, cut: tuple[int, int, bytes]) -> bytes:
    """`data` with a piece replaced."""
    start, size, piece = cut
    return data[:start] + piece + data[start + size :]


@given(st.binary(max_size=200))
def test_stun_reads_anything(data: bytes) -> None:
    assert stun.parse(data) is None or data[:2] == b"\0\1"


@given(cuts)
def test_a_spoiled_check_is_never_proven(cut: tuple[int, int, bytes]) -> None:
    data = spoiled(CHECK, cut)
    request = stun.parse(data)
    assert request is None or not request.proven(KEY) or request == stun.parse(CHECK)


def test_a_check_is_read_and_answered_as_the_standard_says() -> None:
    request = stun.parse(CHECK)
    assert request is not None
    assert (request.ufrag, request.nominated) == ("ours", True)
    assert request.proven(KEY)
    assert not request.proven(stun.Key(b"another password"))
    for seen, told in (
        (("192.0.2.7", 50_000), "192.0.2.7"),
        (("::ffff:192.0.2.7", 50_000, 0, 0), "192.0.2.7"),
        (("2001:db8::7", 50_000, 0, 0), "2001:db8::7"),
        (("fe80::7%lo", 50_000, 0, 1), "fe80::7"),
    ):
        message = aiostun.parse_message(stun.answer(request, seen, KEY))
        assert message.check_message_integrity(b"the password of the relay")
        assert message.message_class is aiostun.Class.RESPONSE
        assert message.transaction_id == bytes(12)
        assert message.attributes["XOR-MAPPED-ADDRESS"] == (told, 50_000)


@given(st.binary(max_size=100), st.sampled_from(["H264", "VP8", "opus", ""]))
@example(b"\x18\0", "H264")
@example(b"\x90\x80", "VP8")
@example(b"\x90\xf0\x80", "VP8")
def test_key_frames_are_sought_in_anything(payload: bytes, codec: str) -> None:
    assert rtp.begins_key_frame(codec, payload) in (True, False)


@given(st.binary(max_size=200))
@example(b"\xb0" + bytes(11) + b"\0\0\0\0\0")
@example(b"\x8f" + bytes(30))
def test_rtp_reads_anything(data: bytes) -> None:
    packet = rtp.parse(data)
    if packet is not None:
        assert len(packet.payload) <= len(data) - rtp.HEADER
        rtp.original(packet, 96, 1)


@given(U16, U32, U32, st.binary(min_size=1, max_size=60), st.lists(U32, max_size=15), st.integers(0, 255))
def test_rtp_is_read_as_aiortc_writes_it(
    seq: int, timestamp: int, ssrc: int, payload: bytes, sources: list[int], padding: int
) -> None:
    written = RtpPacket(payload_type=96, marker=1, sequence_number=seq, timestamp=timestamp, ssrc=ssrc, payload=payload)
    written.csrc, written.padding_size = sources, padding
    packet = rtp.parse(written.serialize())
    assert packet == (96, rtp.MARKER, seq, timestamp, ssrc, payload)


@given(st.binary(max_size=200))
def test_rtcp_reads_anything(data: bytes) -> None:
    for item in rtcp.parse(data):
        assert isinstance(item, rtcp.SenderReport | rtcp.Report | rtcp.Lost | rtcp.KeyFrame)


@given(U32, st.lists(U16, min_size=1, max_size=128, unique=True).map(sorted))
def test_nacks_say_the_same_to_aiortc_and_to_us(ssrc: int, missing: list[int]) -> None:
    written = rtcp.nack(ssrc, missing)
    (theirs,) = RtcpPacket.parse(written)
    assert isinstance(theirs, RtcpRtpfbPacket)
    assert (theirs.media_ssrc, theirs.lost) == (ssrc, missing)
    assert list(rtcp.parse(bytes(theirs))) == [rtcp.Lost(ssrc, missing)]


@given(U32, st.integers(0, 255), st.integers(-(1 << 23), (1 << 23) - 1), U32, U32, U32, U32)
def test_reports_say_the_same_to_aiortc_and_to_us(
    ssrc: int, fraction: int, lost: int, highest: int, jitter: int, lsr: int, dlsr: int
) -> None:
    written = rtcp.receiver_report([rtcp.Block(ssrc, fraction, lost, highest, jitter, lsr, dlsr)])
    (theirs,) = RtcpPacket.parse(written)
    assert isinstance(theirs, RtcpRrPacket)
    report = theirs.reports[0]
    assert (report.ssrc, report.fraction_lost, report.packets_lost, report.highest_sequence) == (
        ssrc, fraction, lost, highest,
    )  # fmt: skip
    assert (report.jitter, report.lsr, report.dlsr) == (jitter, lsr, dlsr)
    assert list(rtcp.parse(bytes(theirs))) == [rtcp.Report(ssrc, highest, lost)]


@given(U32, st.integers(0, (1 << 64) - 1), U32, U32, U32)
def test_sender_reports_say_the_same_to_aiortc_and_to_us(
    ssrc: int, ntp: int, timestamp: int, packets: int, octets: int
) -> None:
    (theirs,) = RtcpPacket.parse(rtcp.sender_report(ssrc, ntp, timestamp, packets, octets))
    assert isinstance(theirs, RtcpSrPacket)
    assert (theirs.sender_info.ntp_timestamp, theirs.sender_info.rtp_timestamp) == (ntp, timestamp)
    assert list(rtcp.parse(bytes(theirs))) == [rtcp.SenderReport(ssrc, ntp, timestamp)]


def test_plis_are_understood_both_ways() -> None:
    (theirs,) = RtcpPacket.parse(rtcp.pli(7))
    assert isinstance(theirs, RtcpPsfbPacket)
    assert theirs.media_ssrc == 7
    assert list(rtcp.parse(bytes(theirs))) == [rtcp.KeyFrame()]


@given(st.text(max_size=300), st.sampled_from(DIRECTIONS))
@example("v=0\r\nm=video\r\na=mid:0", "recv")
@example("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtpmap:96 VP8/90000\r\na=fingerprint:", "recv")
def test_offers_of_any_text_are_read_or_unacceptable(text: str, direction: Literal["send", "recv"]) -> None:
    try:
        sdp.parse(text, direction)
    except sdp.Unacceptable:
        return


@given(st.sampled_from(OFFERS), st.lists(st.tuples(st.integers(0, 60), st.text(max_size=40)), max_size=4))
def test_spoiled_offers_are_answered_or_unacceptable(text: str, spoils: list[tuple[int, str]]) -> None:
    lines = text.split("\r\n")
    for place, line in spoils:
        lines[place % len(lines)] = line
    for direction in DIRECTIONS:
        try:
            read = sdp.parse("\r\n".join(lines), direction)
        except sdp.Unacceptable:
            continue
        local = answer.Local("u", "p", "AA:BB", ("192.0.2.1",), 8001)
        assert answer.to_publisher(read, local).startswith("v=0\r\n")
        assert answer.to_viewer(read, local, {"audio": 1, "video": 2}).startswith("v=0\r\n")


@given(st.text(max_size=300))
def test_fragments_of_any_text_are_read(text: str) -> None:
    with contextlib.suppress(sdp.Unacceptable):
        assert not fragment.parse(text).ufrag or "ice-ufrag" in text


@pytest.mark.parametrize("codecs", [("H264", "VP8"), ("VP8",), ("H264",)])
def test_an_offer_is_understood(codecs: tuple[Codec, ...]) -> None:
    read = sdp.parse(offer(WHO, *codecs), "send")
    assert read.ufrag == "ufra"
    assert [one.codec for one in read.formats("video")] == list(codecs)
    assert [one.codec for one in read.formats("audio")] == ["opus"]
    with pytest.raises(sdp.Unacceptable):
        sdp.parse(offer(WHO, *codecs), "recv")


def test_reading_stops_at_the_first_malformed_rtcp_packet() -> None:
    good = rtcp.pli(1)
    assert list(rtcp.parse(good + struct.pack("!BBH", 0x80, 206, 9000))) == [rtcp.KeyFrame()]
