"""Our own encryption gives what libsrtp gives, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from media import native
from media.sealing import Sealing, possible, proven, sealed

pytestmark = pytest.mark.skipif(not possible(), reason="no compiler, or a processor without the instructions")

PROFILES = {16: Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 32: Policy.SRTP_PROFILE_AEAD_AES_256_GCM}
keys = st.sampled_from((16, 32)).flatmap(lambda size: st.binary(min_size=size + 12, max_size=size + 12))


def packet(number: int, payload: bytes = b"picture", ssrc: int = 7, first: int = 0x80) -> bytes:
    return bytes([first, 96]) + (number & 0xFFFF).to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + payload


def libsrtp(master: bytes) -> Session:
    policy = Policy(master, Policy.SSRC_ANY_OUTBOUND, 0, PROFILES[len(master) - 12])
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


def test_it_is_proven_with_wide_registers_and_without() -> None:
    assert proven(wide=True)
    assert proven(wide=False)


@given(
    master=keys,
    wide=st.booleans(),
    packets=st.lists(st.tuples(st.integers(0, 2), st.integers(-200, 3000), st.binary(max_size=1400)), max_size=40),
)
def test_any_packets_of_several_streams(master: bytes, wide: bool, packets: list[tuple[int, int, bytes]]) -> None:
    """Numbers go on and jump back as late packets do, over their wraps."""
    session, sealing = libsrtp(master), Sealing(master, wide=wide)
    newest = [20_000, 32_000, 300]
    for stream, step, payload in packets:
        number = newest[stream] + step
        newest[stream] = max(newest[stream], number)
        given = packet(number, payload, ssrc=stream + 1)
        assert sealed(sealing, given) == session.protect(given)


def test_a_receiver_follows_a_stream_over_its_wraps() -> None:
    master = bytes(range(44))
    sealing = Sealing(master)
    receiver = Session(Policy(master, Policy.SSRC_ANY_INBOUND, 0, PROFILES[32]))
    for number in range(30_000, 4 * 0x10000, 1000):
        given = packet(number)
        assert receiver.unprotect(sealed(sealing, given) or b"") == given


@pytest.mark.parametrize(
    "given",
    [packet(1)[:11], packet(1, first=0x90), packet(1, first=0x81)],
    ids=["too short", "an extension", "a contributor"],
)
def test_what_we_never_send_is_refused(given: bytes) -> None:
    assert sealed(Sealing(bytes(44)), given) is None


def test_what_comes_from_before_the_beginning_is_refused() -> None:
    """A receiver would take its high number for a new one, and all that follows for the next round."""
    sealing = Sealing(bytes(28))
    assert sealed(sealing, packet(5)) is not None
    assert sealed(sealing, packet(-1)) is None
    assert sealed(sealing, packet(6)) == libsrtp(bytes(28)).protect(packet(6))


def test_more_streams_than_a_viewer_has_are_refused() -> None:
    """And those known go on."""
    sealing = Sealing(bytes(28))
    assert [sealed(sealing, packet(1, ssrc=number)) is None for number in range(9)] == [False] * 8 + [True]
    assert sealed(sealing, packet(2, ssrc=0)) is not None


def test_without_the_c_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "library", None)
    assert not possible()
