"""Media through whatever server it is: what is published by WHIP is watched by WHEP, and stops with DELETE."""

from urllib.parse import urljoin

import pytest

from media.messages import mint
from tests.expect import eventually
from tests.media.clients import Publisher, Relay, Viewer
from tests.media.conformance.endpoint import Endpoint, Kind


async def test_what_is_published_is_watched_until_it_is_deleted(endpoints: dict[Kind, Endpoint]) -> None:
    """§4.2 of both: ICE, DTLS and SRTP as negotiated; DELETE ends DTLS at once (RFC 7675 §5.2)."""
    if len(endpoints) < 2:
        pytest.skip("needs a WHIP and a WHEP endpoint of one stream")
    async with Relay(endpoints["whip"].url) as relay:
        host = Publisher(relay, mint(), endpoints["whip"].token)
        phone = Viewer(relay, mint(), endpoints["whep"].token)
        host.path, phone.path = endpoints["whip"].url, endpoints["whep"].url
        try:
            await host.join()
            await phone.join()
            await eventually("a picture", phone.pictured)
            await eventually("sound", lambda: phone.audio.received > 25)
            for client in (phone, host):
                assert await relay.delete(urljoin(client.path, client.location), client.token) == 200
            await eventually("the server hangs up", lambda: host.link.gone.is_set() and phone.link.gone.is_set())
        finally:
            await host.vanish()
            await phone.vanish()
