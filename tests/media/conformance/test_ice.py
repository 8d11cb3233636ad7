"""Trickle ICE and ICE restarts by PATCH: RFC 9725 §4.3 and the same section of WHEP."""

import re

import httpx
import pytest

from tests.media.conformance.endpoint import CANDIDATE, FRAGMENT, WATCHER, Endpoint, Session, fragment

LACKING = (405, 422, 501)
"""§4.3.1: how a server without trickle ICE, or without restarts, answers."""
FURTHER = [CANDIDATE, "a=end-of-candidates"]


def supported(answer: httpx.Response, what: str) -> httpx.Response:
    if answer.status_code in LACKING:
        pytest.skip(f"§4.3: {what} is optional, and lacking here")
    return answer


def restart(session: Session, ufrag: str = "another") -> str:
    return fragment(session.answer, ufrag, "another+password+of+24+", *FURTHER)


async def test_the_ice_session_has_a_strong_tag(endpoint: Endpoint) -> None:
    """§4.3.1: a unique strong entity tag in the 201."""
    async with endpoint.session() as one, endpoint.session() as other:
        assert re.fullmatch(r'"[^"]+"', one.tag)
        assert one.tag != other.tag


async def test_candidates_are_taken_with_204(endpoint: Endpoint) -> None:
    """§4.3.2: 204 without a body and without an ETag."""
    async with endpoint.session() as session:
        text = fragment(session.answer, WATCHER.ufrag, WATCHER.pwd, *FURTHER)
        answer = supported(await session.patch(text, match=session.tag), "trickle ICE")
        assert answer.status_code == 204
        assert not answer.content
        assert "etag" not in answer.headers


async def test_candidates_nobody_can_use_are_discarded_silently(endpoint: Endpoint) -> None:
    """§4.3.2: an unsupported transport or an unresolvable address is no error."""
    odd = ["a=candidate:2 1 sctp 1 a0b1.local 9 typ host", "a=candidate:3 1 tcp 1 192.0.2.1 9 typ host tcptype active"]
    async with endpoint.session() as session:
        text = fragment(session.answer, WATCHER.ufrag, WATCHER.pwd, *odd)
        assert supported(await session.patch(text, match=session.tag), "trickle ICE").status_code == 204


async def test_a_patch_says_what_it_is_for(endpoint: Endpoint) -> None:
    """§4.3.1: 428 without If-Match, 412 with that of another ICE session."""
    async with endpoint.session() as session:
        text = fragment(session.answer, WATCHER.ufrag, WATCHER.pwd, *FURTHER)
        assert supported(await session.patch(text), "trickle ICE").status_code == 428
        assert (await session.patch(text, match='"of long ago"')).status_code == 412
        assert (await session.patch(text, match=f"W/{session.tag}")).status_code == 412  # RFC 9110 §13.1.1: strong
        assert (await session.patch(text, match=f'"x", {session.tag}')).status_code == 204


async def test_a_patch_of_another_type_is_refused(endpoint: Endpoint) -> None:
    """§4.3.1: an appropriate 4xx for another content type."""
    async with endpoint.session() as session:
        assert 400 <= (await session.patch(CANDIDATE, match=session.tag, kind="text/plain")).status_code < 500


@pytest.mark.parametrize("text", ["", "hello", "{}"])
async def test_a_malformed_fragment_is_refused(endpoint: Endpoint, text: str) -> None:
    """§4.3.1: an appropriate 4xx for a malformed fragment."""
    async with endpoint.session() as session:
        assert 400 <= (await session.patch(text, match=session.tag)).status_code < 500


async def test_new_credentials_are_a_restart(endpoint: Endpoint) -> None:
    """§4.3.3: 200, our new credentials, candidates, a new ETag; from then on the old one is refused."""
    async with endpoint.session() as session:
        answer = supported(await session.patch(restart(session), match="*"), "an ICE restart")
        assert answer.status_code == 200
        assert answer.headers.get("content-type", "").partition(";")[0] == FRAGMENT
        assert answer.headers.get("etag", "") not in ("", session.tag)
        for name in ("ice-ufrag", "ice-pwd"):
            now = re.search(rf"^a={name}:(\S+)", answer.text, re.MULTILINE)
            assert now, answer.text
            assert f"a={name}:{now[1]}\r" not in session.answer
        assert re.search(r"^a=mid:", answer.text, re.MULTILINE)
        assert ("a=ice-lite" in answer.text) == ("a=ice-lite" in session.answer)
        stale = await session.patch(CANDIDATE + "\r\n", match=session.tag)
        assert stale.status_code == 412
        fresh = await session.patch(restart(session), match=answer.headers.get("etag", ""))
        assert fresh.status_code == 204, "the same credentials again are no restart"


async def test_restarts_follow_each_other(endpoint: Endpoint) -> None:
    """§4.3.3: overlapping restarts are each answered anew; the client uses the last."""
    async with endpoint.session() as session:
        supported(await session.patch(restart(session), match="*"), "an ICE restart")
        answers = [await session.patch(restart(session, f"ufrag{n}"), match="*") for n in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert len({answer.headers.get("etag", "") for answer in answers}) == 3
