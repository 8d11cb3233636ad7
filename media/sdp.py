"""SDP offers (RFC 8866, RFC 8829) read, as far as a relay cares, and what of them both sides understand."""

from typing import Literal, NamedTuple

Kind = Literal["audio", "video"]
VIDEO_CODECS = ("H264", "VP8")
"""In order of preference: every phone decodes H.264 constrained baseline, and MP4 takes it as it is."""

_SECTIONS = 16


class Unacceptable(Exception):
    """The offer is malformed or has nothing in common with us; the sentence says which."""


class Format(NamedTuple):
    """One codec of a section: `H264`, `VP8` or `opus`, its payload type, rtpmap and fmtp, and the RTX payload type."""

    codec: str
    payload_type: int
    rtpmap: str
    fmtp: str
    rtx: int | None = None


class Section(NamedTuple):
    """One m-line. `formats` are those we understand, best first; an empty list means we refuse the section."""

    kind: str
    protocol: str
    mid: str
    direction: str
    formats: list[Format]


class Offer(NamedTuple):
    """A browser's offer. All sections are bundled: one ufrag and one set of fingerprints (algorithm, value) serve."""

    ufrag: str
    fingerprints: list[tuple[str, str]]
    sections: list[Section]

    def formats(self, kind: Kind) -> list[Format]:
        """The formats of the section of this kind; empty when it was not offered."""
        return next((section.formats for section in self.sections if section.kind == kind and section.formats), [])


def parse(text: str, direction: Literal["send", "recv"]) -> Offer:
    """Read the offer of a browser that wants to send or receive. Raises Unacceptable."""
    session, *media = _split(text)
    if not 0 < len(media) <= _SECTIONS:
        raise Unacceptable("the offer has no media section, or too many")
    sections = _once_per_kind([_section(session, lines, direction) for lines in media])
    if not any(section.formats for section in sections):
        raise Unacceptable("no section has a codec and a direction in common")
    if "passive" in _values(session + media[0], "setup"):
        raise Unacceptable("the browser has to open the DTLS connection")
    fingerprints = [
        tuple(value.split()) for value in _values(media[0], "fingerprint") or _values(session, "fingerprint")
    ]
    ufrags = _values(media[0], "ice-ufrag") or _values(session, "ice-ufrag")
    pairs = [(pair[0].lower(), pair[1]) for pair in fingerprints if len(pair) == 2]
    if not ufrags or not any(algorithm in ("sha-256", "sha-384", "sha-512") for algorithm, _ in pairs):
        raise Unacceptable("the first section has no ice-ufrag, or no fingerprint we know")
    return Offer(ufrags[0], pairs, sections)


def fragment(text: str) -> tuple[str, str] | None:
    """ufrag and pwd of a `trickle-ice-sdpfrag` (RFC 8840); None when it has only candidates, which we need not know."""
    lines = text.replace("\r\n", "\n").split("\n")
    ufrags, passwords = _values(lines, "ice-ufrag"), _values(lines, "ice-pwd")
    return (ufrags[0], passwords[0]) if ufrags and passwords else None


def _split(text: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            parts.append([])
        if line:
            parts[-1].append(line)
    if not parts[0] or parts[0][0] != "v=0":
        raise Unacceptable("an offer begins with v=0")
    return parts


def _values(lines: list[str], name: str) -> list[str]:
    prefix = f"a={name}:"
    return [line[len(prefix) :] for line in lines if line.startswith(prefix)]


def _section(session: list[str], lines: list[str], wanted: str) -> Section:
    words = lines[0][2:].split()
    mids = _values(lines, "mid")
    if len(words) < 4 or not mids:
        raise Unacceptable("a media section has no mid, or its m-line is not one")
    kind, _, protocol, *_ = words
    directions = [f"a={name}" for name in ("sendrecv", "sendonly", "recvonly", "inactive")]
    direction = next((line[2:] for line in lines + session if line in directions), "sendrecv")
    usable = protocol == "UDP/TLS/RTP/SAVPF" and direction in ("sendrecv", f"{wanted}only")
    return Section(kind, protocol, mids[0], direction, _formats(kind, lines) if usable else [])


def _formats(kind: str, lines: list[str]) -> list[Format]:
    parameters = dict(value.partition(" ")[::2] for value in _values(lines, "fmtp"))
    maps = [value.split() for value in _values(lines, "rtpmap")]
    named = [(words[0], words[1]) for words in maps if len(words) == 2 and words[0].isascii() and words[0].isdigit()]
    rtx = {_apt(parameters.get(number, "")): int(number) for number, name in named if name.lower() == "rtx/90000"}
    found = []
    for number, rtpmap in named:
        codec, fmtp = _codec(kind, rtpmap.lower(), parameters.get(number, "")), parameters.get(number, "")
        if codec and int(number) < 128:
            found.append(Format(codec, int(number), rtpmap, fmtp, rtx.get(number)))
    best = {form.codec: form for form in sorted(found, key=_preference, reverse=True)}
    return [best[codec] for codec in (*VIDEO_CODECS, "opus") if codec in best]


def _apt(fmtp: str) -> str:
    return next((part[4:] for part in fmtp.replace(" ", "").split(";") if part.startswith("apt=")), "")


def _codec(kind: str, rtpmap: str, fmtp: str) -> str | None:
    if kind == "audio":
        return "opus" if rtpmap == "opus/48000/2" else None
    if kind != "video":
        return None
    if rtpmap == "vp8/90000":
        return "VP8"
    baseline = any(f"profile-level-id={profile}" in fmtp.lower() for profile in ("42e0", "4200"))
    return "H264" if rtpmap == "h264/90000" and baseline and "packetization-mode=1" in fmtp else None


def _preference(form: Format) -> int:
    """Constrained baseline (42e0) before plain baseline."""
    return 0 if "profile-level-id=42e0" in form.fmtp.lower() else 1


def _once_per_kind(sections: list[Section]) -> list[Section]:
    """A seat has one voice and one picture: refuse the second section of a kind."""
    seen: set[str] = set()
    result = []
    for section in sections:
        refused = section.kind in seen
        if section.formats:
            seen.add(section.kind)
        result.append(section._replace(formats=[]) if refused else section)
    return result
