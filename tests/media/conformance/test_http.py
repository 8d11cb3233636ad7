"""HTTP usage, set-up and the end of a session: RFC 9725 §4.1, §4.2, §4.7 and the same sections of WHEP."""

import pytest

from tests.media.conformance.endpoint import SDP, Endpoint

ORIGIN = "https://page.example"


async def test_an_offer_is_answered_with_201_an_answer_and_a_place(endpoint: Endpoint) -> None:
    """§4.2: 201 Created, content type application/sdp, the answer as the body, Location of the session."""
    answer = await endpoint.post(endpoint.offer())
    assert answer.status_code == 201
    assert answer.headers.get("content-type", "").partition(";")[0] == SDP
    assert answer.text.startswith("v=0")
    assert answer.headers["location"]
    async with endpoint.session() as session:
        assert session.url != endpoint.url


async def test_a_posts_charset_parameter_is_no_other_type(endpoint: Endpoint) -> None:
    """§4.2: the type is application/sdp, whatever parameters follow (RFC 9110 §8.3.1)."""
    answer = await endpoint.post(endpoint.offer(), **{"Content-Type": "Application/SDP; charset=utf-8"})
    assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
async def test_another_content_type_is_refused(endpoint: Endpoint, kind: str) -> None:
    """§4.2: an appropriate 4xx for a content type different from application/sdp."""
    answer = await endpoint.post(endpoint.offer(), **{"Content-Type": kind})
    assert 400 <= answer.status_code < 500
    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("text", ["", "hello", '{"sdp": "v=0"}', "v=0\r\n"])
async def test_malformed_sdp_is_refused(endpoint: Endpoint, text: str) -> None:
    """§4.2: an appropriate 4xx when the SDP is malformed."""
    assert 400 <= (await endpoint.post(text)).status_code < 500


async def test_a_resource_has_no_representation(endpoint: Endpoint) -> None:
    """§4.1: a GET is answered with 2xx and no content, of the endpoint and of a session."""
    async with endpoint.session() as session:
        for url in (endpoint.url, session.url):
            answer = await endpoint.http.get(url, headers=endpoint.bearer)
            assert 200 <= answer.status_code < 300
            assert not answer.content


async def test_other_methods_are_refused_and_those_allowed_named(endpoint: Endpoint) -> None:
    """RFC 9110 §15.5.6: 405 with Allow."""
    async with endpoint.session() as session:
        for url, wanted in ((endpoint.url, "POST"), (session.url, "PATCH")):
            answer = await endpoint.http.put(url, content=endpoint.offer(), headers=endpoint.bearer)
            assert answer.status_code == 405
            assert wanted in answer.headers.get("allow", "")


async def test_pages_of_other_origins_may_ask(endpoint: Endpoint) -> None:
    """§4.2: OPTIONS for CORS is supported, with Accept-Post; no token is asked of a preflight (§4.7.1)."""
    wanted = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    wanted["Access-Control-Request-Headers"] = "authorization,content-type"
    answer = await endpoint.http.options(endpoint.url, headers=wanted)
    assert answer.status_code in (200, 204)
    assert answer.headers.get("access-control-allow-origin", "") in ("*", ORIGIN)
    assert "POST" in answer.headers.get("access-control-allow-methods", "")
    allowed = answer.headers.get("access-control-allow-headers", "").lower()
    assert allowed == "*" or {"authorization", "content-type"} <= {name.strip() for name in allowed.split(",")}
    assert SDP in answer.headers.get("accept-post", "")


async def test_a_session_may_be_asked_from_other_origins(endpoint: Endpoint) -> None:
    """§4.2, FETCH: PATCH with If-Match and DELETE from a page."""
    wanted = {"Origin": ORIGIN, "Access-Control-Request-Headers": "authorization,content-type,if-match"}
    async with endpoint.session() as session:
        for method in ("PATCH", "DELETE"):
            asked = wanted | {"Access-Control-Request-Method": method}
            answer = await endpoint.http.options(session.url, headers=asked)
            assert answer.status_code in (200, 204)
            assert method in answer.headers.get("access-control-allow-methods", "")
            allowed = answer.headers.get("access-control-allow-headers", "").lower()
            assert allowed == "*" or "if-match" in allowed


async def test_a_page_may_read_the_answer(endpoint: Endpoint) -> None:
    """FETCH §3.3.4: what a client needs of the headers is exposed."""
    answer = await endpoint.post(endpoint.offer(), Origin=ORIGIN)
    assert answer.headers.get("access-control-allow-origin", "") in ("*", ORIGIN)
    exposed = {name.strip().lower() for name in answer.headers.get("access-control-expose-headers", "").split(",")}
    assert exposed == {"*"} or {"location", "etag", "link"} <= exposed


async def test_a_token_is_needed_and_has_to_be_a_good_one(endpoint: Endpoint) -> None:
    """§4.7: HTTP authentication (RFC 9110 §11.6.1: 401 with WWW-Authenticate) with bearer tokens."""
    if not endpoint.token:
        pytest.skip("§4.7.1: an endpoint without a token asks for none")
    anonymous = await endpoint.http.post(endpoint.url, content=endpoint.offer(), headers={"Content-Type": SDP})
    wrong = await endpoint.post(endpoint.offer(), Authorization="Bearer nonsense")
    assert (anonymous.status_code, wrong.status_code) == (401, 401)
    assert "bearer" in anonymous.headers.get("www-authenticate", "").lower()


async def test_delete_ends_the_session(endpoint: Endpoint) -> None:
    """§4.2: DELETE of the session's URL is answered with 200 and removes it; §4.3.1: an entity tag is ignored then."""
    async with endpoint.session() as session:
        assert (await session.delete(**{"If-Match": '"of another session"'})).status_code == 200
        late = await session.patch("a=end-of-candidates\r\n", match=session.tag or "*")
        assert 400 <= late.status_code < 500


async def test_nobody_elses_session_is_ended(endpoint: Endpoint) -> None:
    """RFC 9110 §15.5.5: a session that never was is not found."""
    async with endpoint.session() as session:
        url = session.url.rpartition("/")[0] + "/nobody-s"
        assert 400 <= (await endpoint.http.delete(url, headers=endpoint.bearer)).status_code < 500
