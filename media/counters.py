"""What the relay counts of the traffic nobody sees: told by `GET /health`, reset never."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Datagrams and packets since start. `garbage`: not well formed; `strangers`: well formed, of no peer; `forged`:
    SRTP that does not authenticate; `flooded`: of a peer that sends more than any browser does; `unsent`: the kernel
    would not take; `forwarded`: RTP packets sent to viewers, `fast`: those of them that the fast path sent."""

    garbage: int = 0
    strangers: int = 0
    forged: int = 0
    flooded: int = 0
    unsent: int = 0
    forwarded: int = 0
    fast: int = 0
