"""What one seat has sent and heard of it: for `GET /metrics`, reset never."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Tally:
    """Of all viewers of a seat together, since it was first asked for. `octets` without headers of UDP and SRTP's tag;
    `expected` and `lost` as viewers report them (RFC 3550 §6.4.1); `nacks`: packets asked for again, `repeats`: those
    sent again; `key_requests`: pictures lost (PLI, FIR)."""

    packets: int = 0
    octets: int = 0
    expected: int = 0
    lost: int = 0
    nacks: int = 0
    repeats: int = 0
    key_requests: int = 0

    def add(self, other: "Tally") -> None:
        """Count what `other` counted."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
