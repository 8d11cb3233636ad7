"""Our DTLS against itself, and against who means harm; every other test has it speak with aiortc's or a browser's."""

import random

import pytest
from aiortc.rtcdtlstransport import certificate_digest, generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from media.dtls import MTU, Certificate
from tests.expect import eventually
from tests.media.sides import RTP, Side, assert_media_flows, kinds, pair, progressed, read, records

ASKS_FOR_A_CERTIFICATE = 13
"""Only a full handshake does (RFC 5246 §7.4.4)."""


async def up(*sides: Side, within: float = 5) -> None:
    await eventually("all are up", lambda: all(side.told[:1] == ["connected"] for side in sides), timeout=within)


async def test_peers_of_one_context_have_keys_of_their_own() -> None:
    relay, browsers = Certificate(), [Certificate() for _ in range(3)]
    pairs = [pair(relay, browser) for browser in browsers]
    await up(*(side for both in pairs for side in both))
    for one, other in pairs:
        assert_media_flows(one, other)
    foreign = pairs[0][0].association.outbound
    inbound = pairs[1][1].association.inbound
    assert foreign is not None
    assert inbound is not None
    sealed = foreign.protect(RTP)
    assert sealed is not None
    assert inbound.media(sealed) is None


async def refused(one: Side, other: Side) -> None:
    await eventually("refused", lambda: one.told == ["ended"])
    assert one.association.inbound is None
    assert one.association.outbound is None
    await eventually("the other hears of it", lambda: other.told[-1:] == ["ended"])


async def test_a_forged_fingerprint_is_refused_beside_a_good_one() -> None:
    """At the same time, over the same context, with a fingerprint that is right for another."""
    relay, browser, villain = Certificate(), Certificate(), Certificate()
    good = pair(relay, browser)
    await refused(*pair(relay, villain, ("sha-256", browser.fingerprint)))
    await up(*good)
    assert_media_flows(*good)
    assert good[0].told == ["connected"]


@pytest.mark.parametrize("more", [("sha-384", "00:11"), ("sha-256", "00:11"), ("SHA-512", "")])
async def test_every_fingerprint_we_can_compute_has_to_be_right(more: tuple[str, str]) -> None:
    browser = Certificate()
    await refused(*pair(Certificate(), browser, ("sha-256", browser.fingerprint), more))


async def test_a_fingerprint_may_be_written_small_beside_one_nobody_knows() -> None:
    browser = Certificate()
    await up(*pair(Certificate(), browser, ("SHA-256", browser.fingerprint.lower()), ("md2", "00:11")))
    await refused(*pair(Certificate(), browser, ("md2", "00:11")))


async def test_a_browser_without_a_certificate_is_refused() -> None:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
    one = Side(Certificate(), ("sha-256", "00"))
    assert one.shaken(context) is None
    assert one.told == ["ended"]


async def test_a_browser_without_srtp_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    own = generate_certificate(key)
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(own)
    context.use_privatekey(key)
    one = Side(Certificate(), ("sha-256", certificate_digest(own, "sha-256")))
    one.shaken(context)
    assert one.told == ["ended"]


async def test_no_session_is_resumed() -> None:
    """A client that brings the session of the association before has to prove itself in full again."""
    relay, browser = Certificate(), Certificate()
    browser.context.set_session_cache_mode(SSL.SESS_CACHE_CLIENT)
    session: SSL.Session | None = None
    for _ in range(2):
        one = Side(relay, ("sha-256", browser.fingerprint))
        session = one.shaken(browser.context, session)
        assert one.told == ["connected"]
        assert ASKS_FOR_A_CERTIFICATE in kinds(one.sent)


@pytest.mark.parametrize("seed", range(4))
async def test_a_tenth_of_the_datagrams_may_be_lost(seed: int) -> None:
    dice = random.Random(seed)
    relay = Certificate()
    pairs = [pair(relay, Certificate(), copies=lambda: dice.random() > 0.1) for _ in range(20)]
    await up(*(side for both in pairs for side in both), within=60)
    for one, other in pairs:
        assert_media_flows(one, other)


@pytest.mark.parametrize("lost", range(4))
async def test_any_one_flight_may_be_lost_the_last_too(lost: int) -> None:
    sent = iter(range(1000))
    one, other = pair(Certificate(), Certificate(), copies=lambda: next(sent) != lost)
    await up(one, other)
    assert_media_flows(one, other)


async def test_every_datagram_twice_and_all_once_more_afterwards_is_one_connection() -> None:
    one, other = pair(Certificate(), Certificate(), copies=lambda: 2)
    await up(one, other)
    for side, peer in ((one, other), (other, one)):
        for datagram in list(peer.sent):
            side.association.feed(datagram)
    assert one.told == other.told == ["connected"]
    assert_media_flows(one, other)


@pytest.mark.parametrize("closing", [0, 1])
async def test_a_goodbye_is_heard_and_answered(closing: int) -> None:
    both = pair(Certificate(), Certificate())
    await up(*both)
    sent = len(both[1 - closing].sent)
    both[closing].association.close()
    await eventually("heard", lambda: both[1 - closing].told == ["connected", "ended"])
    assert len(both[1 - closing].sent) == sent + 1
    assert both[closing].told == ["connected"]
    assert both[1 - closing].association.outbound is None


@pytest.mark.parametrize("overtaking", [False, True])
async def test_a_goodbye_that_comes_with_the_end_of_the_handshake_is_heard(overtaking: bool) -> None:
    relay, caller = Certificate(), Certificate()
    one = Side(caller, ("sha-256", relay.fingerprint), client=True)
    connection = SSL.Connection(relay.context)
    connection.set_ciphertext_mtu(MTU)
    connection.set_accept_state()
    one.open()
    while not progressed(connection, b"".join(one.sent)):
        one.sent.clear()
        one.association.feed(read(connection))
    connection.shutdown()
    last = list(records(read(connection)))
    for datagram in [last[-1], b"".join(last[:-1])] if overtaking else [b"".join(last)]:
        one.association.feed(datagram)
    assert one.told == ["connected", "ended"]


async def test_a_client_hello_after_the_handshake_changes_nothing() -> None:
    relay, browser = Certificate(), Certificate()
    one, other = pair(relay, browser)
    await up(one, other)
    stranger = Side(Certificate(), ("sha-256", relay.fingerprint), client=True)
    stranger.open()
    one.association.feed(stranger.sent[0])
    assert one.told == ["connected"]
    assert_media_flows(one, other)


@pytest.mark.parametrize("when", ["before", "amid", "after"])
async def test_ten_thousand_datagrams_of_noise_raise_nothing(when: str) -> None:
    dice = random.Random(when)
    relay, browser = Certificate(), Certificate()
    one, other = pair(relay, browser)
    if when == "after":
        await up(one, other)
    elif when == "amid":
        other.take()
        one.take()
    known = list(other.sent)
    for _ in range(10_000):
        data = bytearray(dice.choice(known) if dice.random() < 0.7 else dice.randbytes(dice.randrange(1, 200)))
        for _ in range(dice.randrange(4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        one.association.feed(bytes(data[: dice.randrange(len(data)) + 1 if dice.random() < 0.3 else len(data)]))
    assert one.told[:1] == ["connected"] or "connected" not in one.told
    if when == "after":
        assert one.told == ["connected"]
        assert_media_flows(one, other)
    one.association.close()
    one.association.close()
    one.association.feed(known[0])
    await up(*pair(relay, browser))


async def test_nothing_is_told_after_closing_amid_the_handshake() -> None:
    one, other = pair(Certificate(), Certificate())
    other.take()
    one.take()
    one.association.close()
    for datagram in other.sent:
        one.association.feed(datagram)
    assert one.told == []
    other.association.close()


async def test_no_datagram_is_longer_than_every_path_carries_and_each_holds_whole_records() -> None:
    one, other = pair(Certificate(), Certificate())
    await up(one, other)
    for datagram in [*one.sent, *other.sent]:
        assert len(datagram) <= MTU
        assert b"".join(records(datagram)) == datagram
