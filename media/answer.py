"""SDP answers, written by hand: ICE-lite, DTLS passive, everything bundled on one port."""

import secrets
from typing import NamedTuple

from media.sdp import Format, Layers, Offer, Section

TYPE_PREFERENCE = 126 << 24
"""Of a host candidate (RFC 8445 §5.1.2)."""
TCP_PREFERENCE, PASSIVE = 90 << 24, (4 << 13) + 8191
"""The same of TCP: below all of UDP's; and its local preference (RFC 6544 §4.2)."""


class Local(NamedTuple):
    """Our side of one connection: ICE credentials, the certificate's SHA-256 fingerprint, and where we listen; `tcp`:
    on that port of TCP, too."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: tuple[str, ...]
    port: int
    tcp: bool = False

    def lines(self) -> list[str]:
        """What every section says of the transport."""
        return [*self.credentials(), f"a=fingerprint:sha-256 {self.fingerprint}", "a=setup:passive", *self.candidates()]

    def credentials(self) -> list[str]:
        """The ICE user fragment and password."""
        return [f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}"]

    def candidates(self) -> list[str]:
        """One UDP host candidate per address, the first preferred; then those of TCP (RFC 6544 §4.5)."""
        lines = [
            f"a=candidate:{number} 1 udp {TYPE_PREFERENCE | 65535 - number << 8 | 255} {address} {self.port} typ host"
            for number, address in enumerate(self.addresses, 1)
        ]
        for number, address in enumerate(self.addresses if self.tcp else (), len(lines) + 1):
            priority = TCP_PREFERENCE | PASSIVE - number << 8 | 255
            lines.append(f"a=candidate:{number} 1 tcp {priority} {address} {self.port} typ host tcptype passive")
        return [*lines, "a=end-of-candidates"]


def to_publisher(offer: Offer, local: Local) -> str:
    """Receive the best codec of each section, with its retransmissions on a stream of their own (RFC 4588)."""
    return _answer(offer, local, {section.mid: _receiving(section) for section in offer.sections})


def to_viewer(offer: Offer, local: Local, ssrcs: dict[str, int]) -> str:
    """Send every codec both sides know, so that a host may come back with another; `ssrcs` by kind, and `rtx`.

    Who offers RTX gets what was lost by it (RFC 4588), others get the packet as it was. No transport-cc.
    """
    return _answer(offer, local, {section.mid: _sending(section, ssrcs) for section in offer.sections})


def _answer(offer: Offer, local: Local, bodies: dict[str, list[str]]) -> str:
    host = f"IP{6 if ':' in local.addresses[0] else 4} {local.addresses[0]}"
    taken = [section.mid for section in offer.sections if section.formats]
    lines = ["v=0", f"o=- {secrets.randbits(62)} 1 IN {host}", "s=-", "t=0 0", "a=ice-lite", "a=ice-options:ice2"]
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
            f"c=IN {host}",
            f"a=mid:{section.mid}",
        ]
        lines += [*body, "a=rtcp-mux", "a=rtcp-mux-only", "a=rtcp-rsize", *local.lines()]
    return "\r\n".join(lines) + "\r\n"


def _receiving(section: Section) -> list[str]:
    lines = ["a=recvonly", *_layered(section.layers)]
    for form in section.formats[:1]:
        lines += _described(form)
        if form.codec != "opus":
            lines.append(f"a=rtcp-fb:{form.payload_type} goog-remb")
            lines += _repeated(form)
    return lines


def _layered(layers: Layers) -> list[str]:
    """Take these layers (RFC 8853 §5.3.2), named in each packet until we have reported of it (RFC 8852)."""
    if not layers.rids:
        return []
    lines = [f"a=extmap:{layers.rid} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"]
    if layers.repaired:
        lines.append(f"a=extmap:{layers.repaired} urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id")
    return [*lines, *(f"a=rid:{rid} recv" for rid in layers.rids), f"a=simulcast:recv {';'.join(layers.rids)}"]


def _sending(section: Section, ssrcs: dict[str, int]) -> list[str]:
    lines = ["a=sendonly", f"a=msid:wake {section.kind}"]
    streams = [ssrcs.get(section.kind, 0)]
    for form in section.formats:
        lines += _described(form) + _repeated(form)
        if form.codec != "opus":
            lines.append(f"a=rtcp-fb:{form.payload_type} goog-remb")
    if any(form.rtx is not None for form in section.formats):
        streams.append(ssrcs.get("rtx", 0))
        lines.append(f"a=ssrc-group:FID {streams[0]} {streams[1]}")  # RFC 5576 §4.2
    for ssrc in streams:
        lines += [f"a=ssrc:{ssrc} cname:wake", f"a=ssrc:{ssrc} msid:wake {section.kind}"]
    return lines


def _repeated(form: Format) -> list[str]:
    """Its retransmissions (RFC 4588 §8.6), where they were offered."""
    if form.rtx is None:
        return []
    return [f"a=rtpmap:{form.rtx} rtx/90000", f"a=fmtp:{form.rtx} apt={form.payload_type}"]


def _described(form: Format) -> list[str]:
    number = form.payload_type
    lines = [f"a=rtpmap:{number} {form.rtpmap}"]
    if form.fmtp:
        lines.append(f"a=fmtp:{number} {form.fmtp}")
    if form.codec != "opus":
        lines += [f"a=rtcp-fb:{number} {kind}" for kind in ("nack", "nack pli", "ccm fir")]
    return lines
