"""The two sockets of the media port."""

import socket
import sys

import pytest

from media.sockets import opened
from tests.media.fast_stage import GCM_REPORTS, HMAC_REPORTS, WITH_MORE

OTHERS = [
    b"\x81\xc8sender",
    b"\x80\x49media",
    b"\x81\xcdnack",
    b"\0\1stun",
    b"\x16",
    b"\xc9\xc9",
    b"\x81\xc9",
    b"\x81\xc9\0",
]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no filter, and all comes to one socket")
def test_receivers_reports_do_not_wake_us_and_what_comes_with_a_request_does() -> None:
    first, second = opened("127.0.0.1", 0)
    assert second is not None
    urgent, quiet = [*WITH_MORE, *OTHERS], [*GCM_REPORTS, *HMAC_REPORTS]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, first, second:
        for data in (*quiet, *urgent):
            far.sendto(data, first.getsockname())
        assert [first.recv(999) for _ in urgent] == urgent
        assert [second.recv(999) for _ in quiet] == quiet
        with pytest.raises(OSError, match="in use"):
            opened("127.0.0.1", first.getsockname()[1])
