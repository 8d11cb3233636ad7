"""What is taken of an offer, and what the answer says."""

import pytest

from media import answer, fragment, sdp

LOCAL = answer.Local("ufrag", "password", "AA:BB", ("192.0.2.1", "10.0.0.1"), 4000)
SESSION = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1 2"]
TRANSPORT = ["a=ice-ufrag:theirs", "a=ice-pwd:secret", "a=fingerprint:sha-256 11:22", "a=setup:actpass", "a=rtcp-mux"]
SOUND = ["m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1"]
PICTURE = [
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 102 103",
    "a=mid:1",
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:98 H264/90000",
    "a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
    "a=rtpmap:99 H264/90000",
    "a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
    "a=rtpmap:100 H264/90000",
    "a=fmtp:100 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtpmap:101 rtx/90000",
    "a=fmtp:101 apt=100",
    "a=rtpmap:102 H264/90000",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
    "a=rtpmap:103 AV1/90000",
]
DATA = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2"]


def offer(*sections: list[str], direction: str = "sendonly") -> str:
    lines = SESSION.copy()
    for section in sections:
        lines += [*section, f"a={direction}", *TRANSPORT]
    return "\r\n".join(lines) + "\r\n"


def test_constrained_baseline_is_preferred_and_vp8_second() -> None:
    found = sdp.parse(offer(SOUND, PICTURE), "send")
    assert [(one.codec, one.payload_type, one.rtx) for one in found.formats("video")] == [
        ("H264", 100, 101),
        ("VP8", 96, 97),
    ]
    assert [one.payload_type for one in found.formats("audio")] == [111]
    assert (found.ufrag, found.fingerprints) == ("theirs", [("sha-256", "11:22")])


@pytest.mark.parametrize(
    ("profile", "taken"),
    [("42e01f", True), ("42c015", True), ("42001f", True), ("4d8028", True), ("58c00d", True), ("4d0032", False),
     ("640c1f", False), ("42zz1f", False)],
)  # fmt: skip
def test_baseline_is_known_by_its_flags(profile: str, taken: bool) -> None:
    line = f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LA,aM48;profile-level-id={profile}"
    section = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 H264/90000", line]
    text = offer(SOUND, section, direction="recvonly")
    assert bool(sdp.parse(text, "recv").formats("video")) is taken


def test_a_publisher_is_asked_for_one_codec() -> None:
    text = answer.to_publisher(sdp.parse(offer(SOUND, PICTURE), "send"), LOCAL)
    assert "m=video 4000 UDP/TLS/RTP/SAVPF 100 101\r\n" in text
    assert "a=group:BUNDLE 0 1\r\n" in text
    assert text.count("a=recvonly") == 2
    assert text.count("a=setup:passive") == 2
    assert "a=candidate:1 1 udp 2130706175 192.0.2.1 4000 typ host\r\n" in text
    assert "10.0.0.1 4000" in text
    assert "extmap" not in text
    assert "a=ice-lite\r\n" in text


def test_a_viewer_is_offered_every_codec_both_know() -> None:
    again = [line.replace("a=mid:1", "a=mid:3") for line in PICTURE]
    found = sdp.parse(offer(SOUND, PICTURE, DATA, again, direction="recvonly"), "recv")
    text = answer.to_viewer(found, LOCAL, {"audio": 5, "video": 6, "rtx": 7})
    assert "m=video 4000 UDP/TLS/RTP/SAVPF 100 101 96 97\r\n" in text
    assert "m=application 0 UDP/DTLS/SCTP 0\r\n" in text
    assert text.count("m=video 0 ") == 1
    assert "a=ssrc-group:FID 6 7\r\n" in text
    assert "a=ssrc:6 cname:wake\r\n" in text
    assert "a=fmtp:101 apt=100\r\n" in text
    assert "a=fmtp:97 apt=96\r\n" in text
    assert "transport-cc" not in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "v=0"),
        ("\r\n".join(SESSION), "no media section"),
        (offer(DATA), "in common"),
        (offer(SOUND, PICTURE, DATA), "half a publication"),
        (offer(SOUND, PICTURE, [line.replace("a=mid:1", "a=mid:2") for line in PICTURE]), "half a publication"),
        (offer(SOUND, PICTURE, direction="recvonly"), "in common"),
        (offer(SOUND).replace("a=mid:0\r\n", ""), "mid"),
        (offer(SOUND).replace("actpass", "passive"), "DTLS"),
        (offer(SOUND).replace("sha-256", "md5"), "fingerprint"),
        (offer(SOUND).replace("a=ice-ufrag:theirs\r\n", ""), "ufrag"),
        (offer(*[SOUND] * 17), "too many"),
    ],
)
def test_an_offer_we_cannot_take_says_why(text: str, why: str) -> None:
    with pytest.raises(sdp.Unacceptable, match=why):
        sdp.parse(text, "send")


def test_a_fragment_names_credentials_or_only_candidates() -> None:
    assert fragment.parse("m=video 9 X 0\r\na=mid:v\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n") == (
        "", "", "m=video 9 X 0", "v",
    )  # fmt: skip
    asked = fragment.parse("a=ice-ufrag:new\na=ice-pwd:word\n")
    assert asked[:2] == ("new", "word")
    ours = fragment.answer(asked, LOCAL).split("\r\n")
    assert {"a=ice-lite", "a=mid:0", "a=ice-ufrag:ufrag", "a=ice-pwd:password", "a=end-of-candidates"} <= set(ours)


@pytest.mark.parametrize("text", ["", "hello", "v=0\r\n", "a=ice-ufrag:new\r\n", "a=ice-ufrag:\r\na=ice-pwd:x\r\n"])
def test_a_fragment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(sdp.Unacceptable):
        fragment.parse(text)
