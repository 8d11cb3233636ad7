"""`application/trickle-ice-sdpfrag` (RFC 8840 §9): the half of an ICE negotiation that a PATCH carries each way."""

from typing import NamedTuple

from media.answer import Local
from media.sdp import Unacceptable, values

TYPE = "application/trickle-ice-sdpfrag"
_CREDENTIAL = 256
"""Characters of the longest ice-ufrag and ice-pwd (RFC 8839 §5.4)."""


class Fragment(NamedTuple):
    """A browser's half. `ufrag` and `password` are empty when it names none; `media` and `mid` are its first
    section's, our half answers for the same one."""

    ufrag: str
    password: str
    media: str
    mid: str


def parse(text: str) -> Fragment:
    """Read a fragment. Its candidates are not looked at: an ICE-lite agent learns them from the checks.

    Raises Unacceptable when it is malformed, or names only half of the credentials.
    """
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if not lines or not all(line.startswith(("a=", "m=")) for line in lines):
        raise Unacceptable("a fragment is made of a= and m= lines")
    ufrags, passwords = values(lines, "ice-ufrag"), values(lines, "ice-pwd")
    if bool(ufrags) != bool(passwords) or any(not 0 < len(one) <= _CREDENTIAL for one in ufrags + passwords):
        raise Unacceptable("ice-ufrag and ice-pwd go together, and neither is empty or endless")
    media = next((line for line in lines if line.startswith("m=")), "m=audio 9 UDP/TLS/RTP/SAVPF 0")
    mid = next(iter(values(lines, "mid")), "0")
    return Fragment(ufrags[0], passwords[0], media, mid) if ufrags else Fragment("", "", media, mid)


def answer(asked: Fragment, local: Local) -> str:
    """Our half of an ICE restart."""
    lines = ["a=ice-lite", "a=ice-options:ice2", asked.media, f"a=mid:{asked.mid}"]
    return "\r\n".join([*lines, *local.credentials(), *local.candidates()]) + "\r\n"
