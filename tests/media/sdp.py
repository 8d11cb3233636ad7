"""Offers as a browser writes them, and the little of an answer a client needs (RFC 8866, RFC 9429)."""

import re
import secrets
from typing import Literal

import msgspec

Codec = Literal["H264", "VP8"]
AUDIO, VIDEO, RTX = 111, {"H264": 102, "VP8": 96}, {"H264": 103, "VP8": 97}
"""Payload types of the offer."""
MID, ABS_SEND_TIME, RID = 4, 2, 10
"""Ids of the header extensions a publisher sends."""
H264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


class Answer(msgspec.Struct, frozen=True):
    """Where and how to connect; `codecs` by payload type, `tracks` are the SSRCs the peer will send with, by kind."""

    ufrag: str
    pwd: str
    fingerprint: tuple[str, str]
    candidates: list[tuple[str, int]]
    tcp_candidates: list[tuple[str, int]]
    codecs: dict[int, str]
    tracks: dict[str, int]
    active: bool
    rtx: int = 0


class Local(msgspec.Struct, frozen=True):
    """What an offer says of its sender; a publisher has `ssrcs` of "audio", "video", perhaps "rtx", a viewer none;
    `rids` name the layers of the picture (RFC 8853) where it has several."""

    ufrag: str
    pwd: str
    fingerprint: str
    ssrcs: dict[str, int] = {}
    port: int = 9
    rids: tuple[str, ...] = ()


def offer(local: Local, *codecs: Codec, rtx: bool = True) -> str:
    """An offer of Opus and of these video codecs, the first one preferred, with retransmissions or without; sendonly
    with ssrcs, else recvonly."""
    head = ["v=0", f"o=- {secrets.randbits(60)} 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    head += ["a=extmap-allow-mixed", "a=msid-semantic: WMS"]
    audio = [f"a=rtpmap:{AUDIO} opus/48000/2", f"a=fmtp:{AUDIO} minptime=10;useinbandfec=1"]
    video = []
    for codec in codecs:
        video.append(f"a=rtpmap:{VIDEO[codec]} {codec}/90000")
        video += [f"a=rtcp-fb:{VIDEO[codec]} {feedback}" for feedback in ("goog-remb", "ccm fir", "nack", "nack pli")]
        if codec == "H264":
            video.append(f"a=fmtp:{VIDEO[codec]} {H264}")
        if rtx:
            video += [f"a=rtpmap:{RTX[codec]} rtx/90000", f"a=fmtp:{RTX[codec]} apt={VIDEO[codec]}"]
    lines = head + _section(local, "audio", 0, [AUDIO], audio)
    numbers = [line.split()[0].removeprefix("a=rtpmap:") for line in video if line.startswith("a=rtpmap:")]
    lines += _section(local, "video", 1, [int(number) for number in numbers], video)
    if "rtx" in local.ssrcs:
        pair = f"{local.ssrcs['video']} {local.ssrcs['rtx']}"
        lines += [f"a=ssrc-group:FID {pair}", f"a=ssrc:{local.ssrcs['rtx']} cname:wake-test"]
    if local.rids:
        lines += [f"a=extmap:{RID} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"]
        lines += [f"a=rid:{rid} send" for rid in local.rids] + [f"a=simulcast:send {';'.join(local.rids)}"]
    return "\r\n".join(lines) + "\r\n"


def _section(local: Local, kind: str, mid: int, types: list[int], lines: list[str]) -> list[str]:
    ssrc = local.ssrcs.get(kind)
    section = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
    ]
    section += [f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.pwd}", "a=ice-options:trickle"]
    section += [f"a=candidate:1 1 udp 2130706431 127.0.0.1 {local.port} typ host", "a=end-of-candidates"]
    section += [f"a=fingerprint:{local.fingerprint}", "a=setup:actpass", f"a=mid:{mid}"]
    section += [f"a=extmap:{MID} urn:ietf:params:rtp-hdrext:sdes:mid"]
    section += [f"a=extmap:{ABS_SEND_TIME} http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"]
    section += ["a=recvonly" if ssrc is None else "a=sendonly", "a=rtcp-mux", "a=rtcp-rsize", *lines]
    if ssrc is not None:
        section += [f"a=msid:- {kind}", f"a=ssrc:{ssrc} cname:wake-test", f"a=ssrc:{ssrc} msid:- {kind}"]
    return section


def read_answer(text: str) -> Answer:
    """The answer's facts. Raises AssertionError naming what it lacks."""

    def one(pattern: str, within: str = text) -> tuple[str, ...]:
        found = re.search(pattern, within, re.MULTILINE)
        assert found, f"the answer lacks {pattern}:\n{text}"
        return found.groups()

    codecs: dict[int, str] = {}
    tracks: dict[str, int] = {}
    for section in re.split(r"^(?=m=)", text, flags=re.MULTILINE)[1:]:
        kind, port = one(r"^m=(\w+) (\d+)", section)
        if port == "0":
            continue
        codecs |= {
            int(number): name for number, name in re.findall(r"^a=rtpmap:(\d+) ([^/\s]+)", section, re.MULTILINE)
        }
        ssrc = re.search(r"^a=ssrc:(\d+)", section, re.MULTILINE)
        if ssrc:
            tracks[kind] = int(ssrc[1])
    found = re.findall(r"^a=candidate:\S+ 1 (udp|UDP|tcp|TCP) \d+ (\S+) (\d+) typ host", text, re.MULTILINE)
    candidates = [(host, int(port)) for transport, host, port in found if transport.lower() == "udp"]
    tcp_candidates = [(host, int(port)) for transport, host, port in found if transport.lower() == "tcp"]
    assert candidates, f"the answer lacks a candidate:\n{text}"
    algorithm, digest = one(r"^a=fingerprint:(\S+) (\S+)")
    (ufrag,), (pwd,) = one(r"^a=ice-ufrag:(\S+)"), one(r"^a=ice-pwd:(\S+)")
    pair = re.search(r"^a=ssrc-group:FID \d+ (\d+)", text, re.MULTILINE)
    rtx = int(pair[1]) if pair else 0
    active = "a=setup:active" in text
    return Answer(ufrag, pwd, (algorithm, digest), candidates, tcp_candidates, codecs, tracks, active, rtx)
