"""Everything that reads bytes from the network: right on the right ones, silent on the rest."""

import struct

import pytest
from aioice import stun as reference
from aiortc import rtp as aiortc
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp, rtp, sdp, stun

PASSWORD = b"p" * 24
KEY = stun.Key(PASSWORD)


def request(*, nominated: bool = False, fingerprint: bool = True) -> bytes:
    message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["PRIORITY"] = 1
    if nominated:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(PASSWORD)
    if fingerprint:
        message.add_fingerprint()
    return bytes(message)


@pytest.mark.parametrize("nominated", [False, True])
@pytest.mark.parametrize("fingerprint", [False, True])
def test_a_binding_request_is_read_and_proven(nominated: bool, fingerprint: bool) -> None:
    found = stun.parse(request(nominated=nominated, fingerprint=fingerprint))
    assert found is not None
    assert (found.ufrag, found.nominated) == ("ours", nominated)
    assert found.proven(KEY)
    assert not found.proven(stun.Key(b"another"))


def test_the_answer_is_what_another_library_expects() -> None:
    asked = stun.parse(request())
    assert asked is not None
    answer = reference.parse_message(stun.answer(asked, ("192.0.2.7", 54321), KEY))
    assert answer.message_class == reference.Class.RESPONSE
    assert answer.transaction_id == asked.transaction
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 54321)
    assert answer.check_message_integrity(PASSWORD)


def test_a_request_with_one_bit_changed_is_not_proven() -> None:
    whole = request()
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        found = stun.parse(bytes(data))
        assert found is None or not found.proven(KEY)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_parser_fail(data: bytes) -> None:
    stun.parse(data)
    stun.parse(request()[: len(data)])
    packet = rtp.parse(data)
    if packet is not None:
        rtp.original(packet, 96, 1)
    for codec in ("H264", "VP8", "opus"):
        rtp.begins_key_frame(codec, data)
    list(rtcp.parse(data))


@given(st.text(max_size=300))
def test_no_text_makes_the_offer_parser_fail(text: str) -> None:
    for offer in (text, f"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtpmap:96 VP8/90000\r\n{text}"):
        try:
            sdp.parse(offer, "recv")
        except sdp.Unacceptable:
            continue


def test_extensions_csrc_and_padding_are_left_out() -> None:
    header = struct.pack("!BBHIIIHHI", 0x80 | 0x20 | 0x10 | 1, 0x80 | 96, 7, 8, 9, 10, 0xBEDE, 1, 11)
    assert rtp.parse(header + b"payload" + b"\0\0\3") == rtp.Rtp(96, 0x80, 7, 8, 9, b"payload")
    assert rtp.parse(header + b"\0\0\0\4") == rtp.Rtp(96, 0x80, 7, 8, 9, b"")
    assert rtp.parse(header + b"\0\0\0\xff") is None


@pytest.mark.parametrize(
    ("codec", "payload", "begins"),
    [
        ("H264", b"\x67\x42", True),  # SPS
        ("H264", b"\x65\x88", True),  # IDR
        ("H264", b"\x61\x88", False),
        ("H264", b"\x78\0\2\x68\x00\0\2\x65\x88", True),  # STAP-A with an IDR inside
        ("H264", b"\x78\0\2\x61\x88", False),
        ("H264", b"\x7c\x85", True),  # FU-A, first piece of an IDR
        ("H264", b"\x7c\x45", False),  # last piece
        ("VP8", b"\x10\x00", True),
        ("VP8", b"\x10\x01", False),
        ("VP8", b"\x00\x00", False),  # goes on with a partition
        ("VP8", b"\x90\x80\x81\x23\x00", True),  # 15-bit picture id
        ("VP8", b"\x90\xe0\x11\x22\x33\x00", True),
        ("opus", b"\x67", False),
    ],
)
def test_a_key_frame_is_known_by_its_first_packet(codec: str, payload: bytes, begins: bool) -> None:
    assert rtp.begins_key_frame(codec, payload) is begins


def test_reports_are_what_another_library_reads() -> None:
    block = rtcp.Block(ssrc=5, fraction=64, lost=-3, highest=70000, jitter=9, last_report=10, delay=11)
    sent = rtcp.receiver_report([block]) + rtcp.remb(2_500_000, [5]) + rtcp.pli(5) + rtcp.nack(5, [1, 65535])
    report, remb, pli, nack = aiortc.RtcpPacket.parse(sent)
    assert isinstance(report, aiortc.RtcpRrPacket)
    assert report.reports == [aiortc.RtcpReceiverInfo(5, 64, -3, 70000, 9, 10, 11)]
    assert isinstance(remb, aiortc.RtcpPsfbPacket)
    assert aiortc.unpack_remb_fci(remb.fci) == (2_500_000, [5])
    assert isinstance(pli, aiortc.RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc) == (aiortc.RTCP_PSFB_PLI, 5)
    assert isinstance(nack, aiortc.RtcpRtpfbPacket)
    assert (nack.media_ssrc, nack.lost) == (5, [1, 65535])


def test_what_another_library_writes_is_read() -> None:
    info = aiortc.RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=3, packet_count=4, octet_count=5)
    about = aiortc.RtcpReceiverInfo(
        ssrc=6, fraction_lost=1, packets_lost=-2, highest_sequence=9, jitter=0, lsr=0, dlsr=0
    )
    data = bytes(aiortc.RtcpSrPacket(ssrc=2, sender_info=info, reports=[about]))
    data += bytes(aiortc.RtcpRtpfbPacket(fmt=aiortc.RTCP_RTPFB_NACK, ssrc=1, media_ssrc=7, lost=[65530, 65535]))
    data += bytes(aiortc.RtcpPsfbPacket(fmt=aiortc.RTCP_PSFB_PLI, ssrc=1, media_ssrc=7))
    assert list(rtcp.parse(data)) == [
        rtcp.SenderReport(2, 1 << 40, 3),
        rtcp.Report(6, 9, -2),
        rtcp.Lost(7, [65530, 65535]),
        rtcp.KeyFrame(),
    ]
