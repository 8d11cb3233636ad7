"""The offer of a relay that pulls a seat from another one, and what it reads in the answer (WHEP, RFC 8866)."""

import secrets
from typing import NamedTuple

from media.sdp import Unacceptable, values

_OPUS, _H264, _VP8 = 111, 102, 96
_PROFILE = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


class Answer(NamedTuple):
    """Where and as whom the other relay is reached; `candidates` are host and port by UDP."""

    ufrag: str
    password: bytes
    fingerprints: list[tuple[str, str]]
    candidates: list[tuple[str, int]]


def offer(ufrag: str, password: str, fingerprint: str) -> str:
    """Receive a voice and a picture in any codec a seat may have: the publisher may come back with another one."""
    transport = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", f"a=fingerprint:sha-256 {fingerprint}"]
    lines = ["v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    audio = [f"a=rtpmap:{_OPUS} opus/48000/2", f"a=fmtp:{_OPUS} minptime=10;useinbandfec=1"]
    video = [f"a=rtpmap:{_H264} H264/90000", f"a=fmtp:{_H264} {_PROFILE}", f"a=rtpmap:{_VP8} VP8/90000"]
    video += [f"a=rtcp-fb:{number} {kind}" for number in (_H264, _VP8) for kind in ("nack", "nack pli")]
    for mid, kind, numbers, formats in ((0, "audio", f"{_OPUS}", audio), (1, "video", f"{_H264} {_VP8}", video)):
        lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", *transport, "a=setup:active"]
        lines += [f"a=mid:{mid}", "a=recvonly", "a=rtcp-mux", "a=rtcp-rsize", *formats]
    return "\r\n".join(lines) + "\r\n"


def read(text: str) -> Answer:
    """The answer's transport, of which all sections are the same. Raises Unacceptable."""
    lines = text.replace("\r\n", "\n").split("\n")
    ufrags, passwords = values(lines, "ice-ufrag"), values(lines, "ice-pwd")
    pairs = [value.split() for value in values(lines, "fingerprint")]
    words = [value.split() for value in dict.fromkeys(values(lines, "candidate"))]
    candidates = [(word[4], int(word[5])) for word in words if len(word) > 7 and word[2].lower() == "udp"]
    if not (ufrags and passwords and pairs and candidates) or not all(len(pair) == 2 for pair in pairs):
        raise Unacceptable("the answer lacks credentials, a fingerprint or a candidate")
    fingerprints = [(algorithm.lower(), value) for algorithm, value in pairs]
    return Answer(ufrags[0], passwords[0].encode(), fingerprints, candidates)
