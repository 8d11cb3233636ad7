"""What a packet costs: CPU of this process over the packets it sent, second by second."""

import time


class Load:
    """`tick` once a second. `microseconds` per packet in the last second with any; 0 before there was one."""

    def __init__(self) -> None:
        self.microseconds = 0.0
        self._before = (time.process_time(), 0)

    def tick(self, forwarded: int) -> None:
        """`forwarded` packets have been sent since the start."""
        cpu, packets = self._before
        self._before = now = time.process_time(), forwarded
        if forwarded > packets:
            self.microseconds = (now[0] - cpu) * 1e6 / (forwarded - packets)
