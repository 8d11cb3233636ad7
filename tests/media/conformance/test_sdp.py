"""What an answer has to say: RFC 9725 §4.2, §4.4, §4.6 and the same sections of WHEP."""

import re

import pytest

from tests.media.conformance.endpoint import Endpoint


def sections(text: str) -> list[str]:
    return re.split(r"^(?=m=)", text.replace("\r\n", "\n"), flags=re.MULTILINE)[1:]


async def test_media_goes_one_way(endpoint: Endpoint) -> None:
    """§4.2: an ingest answers recvonly, a playback sendonly."""
    wanted = "a=recvonly" if endpoint.kind == "whip" else "a=sendonly"
    async with endpoint.session() as session:
        assert all(f"{wanted}\n" in section for section in sections(session.answer))


@pytest.mark.parametrize("direction", ["inactive", "wrong"])
async def test_media_of_the_other_direction_is_refused(endpoint: Endpoint, direction: str) -> None:
    """§4.2: inactive and the other direction MUST NOT be used."""
    right, wrong = ("sendonly", "recvonly") if endpoint.kind == "whip" else ("recvonly", "sendonly")
    text = endpoint.offer().replace(f"a={right}", f"a={wrong if direction == 'wrong' else direction}")
    assert 400 <= (await endpoint.post(text)).status_code < 500


async def test_sendrecv_is_allowed_and_answered_one_way(endpoint: Endpoint) -> None:
    """§4.2: a client MAY say sendrecv."""
    right, ours = ("sendonly", "recvonly") if endpoint.kind == "whip" else ("recvonly", "sendonly")
    answer = await endpoint.post(endpoint.offer().replace(f"a={right}", "a=sendrecv"))
    assert answer.status_code == 201
    assert f"a={ours}" in answer.text
    assert "a=sendrecv" not in answer.text


async def test_everything_is_bundled_on_one_port(endpoint: Endpoint) -> None:
    """§4.4.1: BUNDLE (RFC 9143), RTP and RTCP on one port and no other way (RFC 8858)."""
    async with endpoint.session() as session:
        assert re.search(r"^a=group:BUNDLE 0 1\s*$", session.answer, re.MULTILINE)
        for section in sections(session.answer):
            assert "a=rtcp-mux\n" in section
            assert "a=rtcp-mux-only\n" in section


async def test_the_answer_has_the_offers_sections_in_order(endpoint: Endpoint) -> None:
    """§4.2, RFC 9429 §5.3.1: as many sections, in the offer's order, each with its mid."""
    async with endpoint.session() as session:
        found = [
            (section.split()[0], *re.findall(r"^a=mid:(.*)$", section, re.MULTILINE))
            for section in sections(session.answer)
        ]
        assert found == [("m=audio", "0"), ("m=video", "1")]


async def test_the_answer_has_all_candidates(endpoint: Endpoint) -> None:
    """§4.3.2: the answer contains the full list, for none can be told later."""
    async with endpoint.session() as session:
        assert re.search(r"^a=candidate:\S+ 1 (udp|UDP) \d+ \S+ \d+ typ ", session.answer, re.MULTILINE)
        assert "a=fingerprint:" in session.answer


async def test_a_client_that_is_always_dtls_client_is_served(endpoint: Endpoint) -> None:
    """§4.4.4: setup:active is answered with passive, or refused with 422."""
    answer = await endpoint.post(endpoint.offer().replace("a=setup:actpass", "a=setup:active"))
    assert answer.status_code in (201, 422)
    assert answer.status_code == 422 or "a=setup:passive" in answer.text


async def test_the_streams_of_a_playback_belong_together(whep: Endpoint) -> None:
    """WHEP §4.4.2: one MediaStream, so the same msid in every section."""
    async with whep.session() as session:
        streams = [re.findall(r"^a=msid:(\S+)", section, re.MULTILINE) for section in sections(session.answer)]
        assert len(streams[0]) == 1
        assert all(stream == streams[0] for stream in streams)


async def test_two_pictures_are_too_many(whip: Endpoint) -> None:
    """§4.4.2: 400 or 422 for more tracks of a kind than the endpoint supports."""
    head, audio, video = re.split(r"^(?=m=)", whip.offer(), flags=re.MULTILINE)
    text = head.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + audio + video + video.replace("a=mid:1", "a=mid:2")
    answer = await whip.post(text)
    assert answer.status_code in (400, 422)


async def test_there_is_no_half_of_a_publication(whip: Endpoint) -> None:
    """§4.4.3: a section that cannot be taken makes the whole offer unacceptable: 400 or 422."""
    assert (await whip.post(whip.offer().replace("opus/48000/2", "g719/48000/2"))).status_code in (400, 422)


async def test_ice_servers_come_as_links(endpoint: Endpoint) -> None:
    """§4.6: STUN and TURN servers the 201 names are links of relation ice-server, TURN with credentials."""
    links = (await endpoint.post(endpoint.offer())).headers.get_list("link", split_commas=True)
    for link in links:
        if 'rel="ice-server"' in link or "rel=ice-server" in link:
            assert re.match(r"<(stuns?|turns?):[^>]+>", link.strip())
            assert link.strip().startswith("<stun") or ("username=" in link and "credential=" in link)
