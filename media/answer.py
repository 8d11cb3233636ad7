"""SDP answers, written by hand: ICE-lite, DTLS passive, everything bundled on one port."""

import secrets
from typing import NamedTuple

from media.sdp import Format, Offer, Section

TYPE_PREFERENCE = 126 << 24
"""Of a host candidate (RFC 8445 §5.1.2)."""


class Local(NamedTuple):
    """Our side of one connection: ICE credentials, the certificate's SHA-256 fingerprint, and where we listen."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: tuple[str, ...]
    port: int

    def lines(self) -> list[str]:
        """What every section says of the transport."""
        return [*self.credentials(), f"a=fingerprint:sha-256 {self.fingerprint}", "a=setup:passive", *self.candidates()]

    def credentials(self) -> list[str]:
        """The ICE user fragment and password."""
        return [f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}"]

    def candidates(self) -> list[str]:
        """One UDP host candidate per address, the first preferred."""
        return [
            f"a=candidate:{number} 1 udp {TYPE_PREFERENCE | 65535 - number << 8 | 255} {address} {self.port} typ host"
            for number, address in enumerate(self.addresses, 1)
        ] + ["a=end-of-candidates"]


def to_publisher(offer: Offer, local: Local) -> str:
    """Receive the best codec of each section, with its retransmissions on a stream of their own (RFC 4588)."""
    return _answer(offer, local, {section.mid: _receiving(section.formats[:1]) for section in offer.sections})


def to_viewer(offer: Offer, local: Local, ssrcs: dict[str, int]) -> str:
    """Send every codec both sides know, so that a host may come back with another; `ssrcs` by kind.

    No transport-cc and no RTX towards viewers: the relay repeats a lost packet as it was.
    """
    return _answer(
        offer, local, {section.mid: _sending(section, ssrcs.get(section.kind, 0)) for section in offer.sections}
    )


def fragment(local: Local) -> str:
    """Our half of an ICE restart, as `trickle-ice-sdpfrag` (RFC 8840)."""
    lines = ["a=ice-lite", *local.credentials(), *local.candidates()]
    return "\r\n".join(lines) + "\r\n"


def _answer(offer: Offer, local: Local, bodies: dict[str, list[str]]) -> str:
    host = local.addresses[0]
    taken = [section.mid for section in offer.sections if section.formats]
    lines = ["v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 {host}", "s=-", "t=0 0", "a=ice-lite"]
    lines += ["a=group:BUNDLE " + " ".join(taken), "a=msid-semantic: WMS *"]
    for section in offer.sections:
        if not section.formats:
            lines += [
                f"m={section.kind} 0 {section.protocol} 0",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{section.mid}",
                "a=inactive",
            ]
            continue
        body = bodies[section.mid]
        numbers = " ".join(line[9:].split()[0] for line in body if line.startswith("a=rtpmap:"))
        lines += [
            f"m={section.kind} {local.port} {section.protocol} {numbers}",
            f"c=IN IP4 {host}",
            f"a=mid:{section.mid}",
        ]
        lines += [*body, "a=rtcp-mux", "a=rtcp-rsize", *local.lines()]
    return "\r\n".join(lines) + "\r\n"


def _receiving(formats: list[Format]) -> list[str]:
    lines = ["a=recvonly"]
    for form in formats:
        lines += _described(form)
        if form.codec != "opus":
            lines.append(f"a=rtcp-fb:{form.payload_type} goog-remb")
            if form.rtx is not None:
                lines += [f"a=rtpmap:{form.rtx} rtx/90000", f"a=fmtp:{form.rtx} apt={form.payload_type}"]
    return lines


def _sending(section: Section, ssrc: int) -> list[str]:
    lines = ["a=sendonly", f"a=msid:wake {section.kind}"]
    for form in section.formats:
        lines += _described(form)
    return [*lines, f"a=ssrc:{ssrc} cname:wake", f"a=ssrc:{ssrc} msid:wake {section.kind}"]


def _described(form: Format) -> list[str]:
    number = form.payload_type
    lines = [f"a=rtpmap:{number} {form.rtpmap}"]
    if form.fmtp:
        lines.append(f"a=fmtp:{number} {form.fmtp}")
    if form.codec != "opus":
        lines += [f"a=rtcp-fb:{number} {kind}" for kind in ("nack", "nack pli", "ccm fir")]
    return lines
