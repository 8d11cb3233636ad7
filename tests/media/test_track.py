"""The stream a viewer gets is endless and without holes, whatever the publishers do; no number has two contents."""

from hypothesis import given
from hypothesis import strategies as st

from media.packet import LEVEL, Packet, level
from media.receipt import LONGEST, Receipt
from media.rtp import Rtp
from media.track import RING, Track

KEY, DELTA = b"\x65key", b"\x61delta"


def made(sequence: int, timestamp: int = 0, payload: bytes = DELTA) -> Rtp:
    return Rtp(96, 0, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 1, payload)


def track() -> Track:
    fresh = Track(0, 90_000)
    fresh.splice("H264")
    return fresh


def test_a_host_who_comes_back_continues_number_and_time() -> None:
    subject = track()
    subject.take(made(65000, 1000, KEY), 10.0)
    last = subject.take(made(65001, 4000), 10.03)
    subject.splice("VP8")
    assert subject.key_frame(12.0) is None
    first = subject.take(made(17, 4_000_000_000), 12.03)
    assert last is not None
    assert first is not None
    assert first.sequence == (last.sequence + 1) & 0xFFFF
    assert first.timestamp - last.timestamp & 0xFFFFFFFF == 2 * 90_000
    assert subject.take(made(16), 12.04) is None, "from before the splice: its number is taken"


def test_probes_leave_no_hole_and_late_packets_find_their_place() -> None:
    subject = track()
    one = subject.take(made(1, payload=KEY), 0.0)
    assert subject.take(made(2, payload=b""), 0.0) is None
    four = subject.take(made(4), 0.0)
    late = subject.take(made(3), 0.0)
    assert one is not None
    assert four is not None
    assert late is not None
    assert [late.sequence - one.sequence, four.sequence - one.sequence] == [1, 2]
    assert subject.take(made(3), 0.0) is None, "a duplicate"
    subject.take(made(6), 0.0)
    probe = subject.take(made(5, payload=b""), 0.0)
    assert probe is not None, "a late probe has a number already, viewers wait for it"
    assert probe.data[-1] == 4


def test_the_cached_picture_is_complete_and_fresh() -> None:
    subject = track()
    for number in range(10):
        subject.take(made(number, number, KEY if number == 4 else DELTA), number / 30)
    start = subject.key_frame(1.0)
    assert start is not None
    assert [packet.timestamp - subject.timestamp for packet in subject.since(start, 99)] == [-5, -4, -3, -2, -1, 0]
    assert subject.key_frame(10.0) is None
    assert subject.since(subject.sequence + 1 & 0xFFFF, 99) == []


steps = st.lists(
    st.tuples(st.sampled_from(["next", "next", "next", "loss", "probe", "late", "splice"]), st.integers(1, 40)),
    max_size=150,
)


@given(steps, st.integers(0, 0xFFFF))
def test_no_number_ever_carries_two_contents(acts: list[tuple[str, int]], start: int) -> None:
    subject = track()
    sent: dict[int, bytes] = {}
    source, content = start, 0
    for act, amount in acts:
        if act == "loss":
            source += amount
            continue
        if act == "splice":
            subject.splice("H264")
            source = start + amount * 997
            continue
        for _ in range(amount if act != "late" else 1):
            content += 1
            at = source - amount if act == "late" else source
            payload = b"" if act == "probe" else b"\x61" + content.to_bytes(4, "big")
            forward = subject.take(made(at, payload=payload), 0.0)
            source += act != "late"
            if forward is not None:
                number = forward.sequence
                assert sent.setdefault(number, forward.data) == forward.data
                assert (subject.sequence - number) & 0xFFFF < RING


def test_neighbours_get_one_length() -> None:
    sizes = [1000, 1010, 990, 300, 305]
    packets = [Packet(0, "VP8", 0, number, 0, 1, b"x" * size) for number, size in enumerate(sizes)]
    level(packets)
    assert [len(packet.data) - 12 for packet in packets] == [1010, 1010, 1010, 305, 305]
    assert packets[2].data[-1] == 20 <= LEVEL
    assert packets[1].data[0] == 0x80
    before = packets[2].data
    level(packets)
    assert packets[2].data == before


def test_a_receipt_counts_what_arrived_and_nothing_of_a_cut() -> None:
    receipt = Receipt(0.0)
    for second in range(1, 11):
        receipt.report(1, second * 200, second * 10, float(second))
    assert receipt.take() == 10_000
    assert receipt.receiving(11.0)
    receipt.report(1, 2000, 100, 12.0)  # nothing new
    assert not receipt.receiving(30.0)
    receipt.report(1, 6000, 4100, 30.0)  # everything lost
    assert receipt.take() == 0
    receipt.report(1, 6200, 4100, 60.0)
    assert receipt.take() == LONGEST * 1000
