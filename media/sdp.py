"""SDP offers (RFC 8866, RFC 8829) read, as far as a relay cares, and what of them both sides understand."""

import re
from typing import Literal, NamedTuple

Kind = Literal["audio", "video"]
VIDEO_CODECS = ("H264", "VP8")
"""In order of preference: every phone decodes H.264 constrained baseline, and MP4 takes it as it is."""

LAYERS = 3
"""Layers of a picture that are taken."""

_SECTIONS = 16
_SDES = "urn:ietf:params:rtp-hdrext:sdes:"
_CONSTRAINED = (("42", 0x4F, 0x40), ("4d", 0x8F, 0x80), ("58", 0xCF, 0xC0))


class Unacceptable(Exception):
    """The offer is malformed or has nothing in common with us; the sentence says which."""


class Format(NamedTuple):
    """One codec of a section: `H264`, `VP8` or `opus`, its payload type, rtpmap and fmtp, and the RTX payload type."""

    codec: str
    payload_type: int
    rtpmap: str
    fmtp: str
    rtx: int | None = None


class Layers(NamedTuple):
    """Simulcast (RFC 8853) as it is offered: the layers' `rids` (RFC 8851), and the header extensions that name the
    layer of a packet and of a retransmission (RFC 8852); without `rids` there is none, without `repaired` no RTX."""

    rids: tuple[str, ...] = ()
    rid: int = 0
    repaired: int = 0


class Section(NamedTuple):
    """One m-line. `formats` are those we understand, best first; an empty list means we refuse the section."""

    kind: str
    protocol: str
    mid: str
    direction: str
    formats: list[Format]
    layers: Layers = Layers()


class Offer(NamedTuple):
    """A browser's offer. All sections are bundled: one ufrag and one set of fingerprints (algorithm, value) serve."""

    ufrag: str
    fingerprints: list[tuple[str, str]]
    sections: list[Section]

    @property
    def layers(self) -> Layers:
        """The picture's layers."""
        pictures = (section.layers for section in self.sections if section.kind == "video" and section.formats)
        return next(pictures, Layers())

    def formats(self, kind: Kind) -> list[Format]:
        """The formats of the section of this kind; empty when it was not offered."""
        return next((section.formats for section in self.sections if section.kind == kind and section.formats), [])


def parse(text: str, direction: Literal["send", "recv"]) -> Offer:
    """Read the offer of a browser that wants to send or receive. Raises Unacceptable."""
    session, *media = _split(text)
    if not 0 < len(media) <= _SECTIONS:
        raise Unacceptable("the offer has no media section, or too many")
    sections = _once_per_kind([_section(session, part, direction) for part in media])
    if not any(section.formats for section in sections):
        raise Unacceptable("no section has a codec and a direction in common")
    if direction == "send" and not all(section.formats for section in sections):  # RFC 9725 §4.4.2, §4.4.3
        raise Unacceptable("a section has nothing in common with us: half a publication would mislead its publisher")
    if "passive" in session.all("setup") + media[0].all("setup"):
        raise Unacceptable("the browser has to open the DTLS connection")
    fingerprints = [value.split() for value in media[0].all("fingerprint") or session.all("fingerprint")]
    ufrags = media[0].all("ice-ufrag") or session.all("ice-ufrag")
    pairs = [(pair[0].lower(), pair[1]) for pair in fingerprints if len(pair) == 2]
    if not ufrags or not any(algorithm in ("sha-256", "sha-384", "sha-512") for algorithm, _ in pairs):
        raise Unacceptable("the first section has no ice-ufrag, or no fingerprint we know")
    return Offer(ufrags[0], pairs, sections)


class _Part(NamedTuple):
    """The lines down to the next m-line: attributes without a value, and the values of the others in order, by name."""

    first: str
    flags: list[str]
    values: dict[str, list[str]]

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])


def _split(text: str) -> list[_Part]:
    """The session and the media sections, each line looked at once: a browser's offer has hundreds."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if not lines or lines[0] != "v=0":
        raise Unacceptable("an offer begins with v=0")
    parts = [_Part(lines[0], [], {})]
    for line in lines:
        if line.startswith("a="):
            name, colon, value = line[2:].partition(":")
            if colon:
                parts[-1].values.setdefault(name, []).append(value)
            else:
                parts[-1].flags.append(name)
        elif line.startswith("m="):
            parts.append(_Part(line, [], {}))
    return parts


def values(lines: list[str], name: str) -> list[str]:
    """What stands behind `a=NAME:` in these lines, in order."""
    prefix = f"a={name}:"
    return [line[len(prefix) :] for line in lines if line.startswith(prefix)]


def _section(session: _Part, part: _Part, wanted: str) -> Section:
    words = part.first[2:].split()
    mids = part.all("mid")
    if len(words) < 4 or not mids:
        raise Unacceptable("a media section has no mid, or its m-line is not one")
    kind, _, protocol, *_ = words
    directions = ("sendrecv", "sendonly", "recvonly", "inactive")
    direction = next((flag for flag in part.flags + session.flags if flag in directions), "sendrecv")
    usable = protocol == "UDP/TLS/RTP/SAVPF" and direction in ("sendrecv", f"{wanted}only")
    formats = _formats(kind, part) if usable else []
    layers = _layers(part) if kind == "video" and wanted == "send" else Layers()
    return Section(kind, protocol, mids[0], direction, formats, layers)


def _layers(part: _Part) -> Layers:
    """Of alternatives (RFC 8853 §5.1) the first; layers beyond `LAYERS` and such as begin paused are left out."""
    sent = (re.search(r"(?:^|\s)send\s+(\S+)", value) for value in part.all("simulcast"))
    send = next((found[1] for found in sent if found), "")
    offered = {words[0] for value in part.all("rid") if len(words := value.split()) > 1 and words[1] == "send"}
    rids = [rid for part in send.split(";") if (rid := part.split(",")[0]) in offered]
    numbers = {words[1]: words[0] for value in part.all("extmap") if len(words := value.split()) > 1}
    rid, repaired = (_number(numbers.get(_SDES + name, "")) for name in ("rtp-stream-id", "repaired-rtp-stream-id"))
    return Layers(tuple(rids[:LAYERS]), rid, repaired) if rid and len(rids) > 1 else Layers()


def _number(text: str) -> int:
    """Of a header extension in the one-byte form (RFC 8285 §4.2), else 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) < 15 else 0


def _formats(kind: str, part: _Part) -> list[Format]:
    parameters = dict(value.partition(" ")[::2] for value in part.all("fmtp"))
    maps = [value.split() for value in part.all("rtpmap")]
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
    return "H264" if rtpmap == "h264/90000" and _baseline(fmtp) and "packetization-mode=1" in fmtp else None


def _baseline(fmtp: str) -> str | None:
    """`constrained` or `plain` when it is H.264's baseline profile (RFC 6184 §8.1, table 5)."""
    found = re.search(r"profile-level-id=(42|4d|58)([0-9a-f]{2})", fmtp.lower())
    if found is None:
        return None
    flags = int(found[2], 16)
    if any(found[1] == profile and flags & mask == value for profile, mask, value in _CONSTRAINED):
        return "constrained"
    return "plain" if found[1] == "42" and flags & 0x4F == 0 else None


def _preference(form: Format) -> int:
    """Constrained baseline before plain baseline."""
    return 0 if form.codec != "H264" or _baseline(form.fmtp) == "constrained" else 1


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
