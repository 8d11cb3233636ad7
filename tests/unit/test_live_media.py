"""The backend's half of the relay's protocol, against the examples that both sides keep."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
import msgspec
import pytest

from backend.features.live import media, messages
from backend.kit import clock
from backend.kit.settings import Settings

GOLDEN = Path(__file__).parent.parent / "golden" / "messages"
SECRET = "a secret of the relay, 32 characters"
NOW = datetime.fromtimestamp(1_764_000_000, UTC)
ROOM = UUID("019aadf0-6c00-7000-8000-000000000001")


@pytest.fixture(autouse=True)
def relay() -> Iterator[None]:
    environment = {"DATABASE_URL": "-", "REDIS_URL": "-", "WAKE_SECRET": "-" * 32, "WAKE_MEDIA_SECRET": SECRET}
    media.use(Settings.load(environment))
    with clock.travel(NOW):
        yield


KINDS = ["joined", "beat", "left", "published", "unpublished", "fault", "left-removed", "recorded"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_read_and_its_members_kept_by_name(kind: str) -> None:
    text = (GOLDEN / f"{kind}.json").read_bytes()
    message, raw = messages.decode_message(text), msgspec.json.decode(text)
    envelope = {"type": kind.partition("-")[0], "id": str(message.id), "room": str(message.room), "at": message.at}
    assert envelope | messages.members(message) == raw


@pytest.mark.parametrize(("hosting", "example"), [(True, "grant-host"), (False, "grant-watch")])
async def test_a_grant_is_the_documents_grant(hosting: bool, example: str) -> None:
    golden = msgspec.json.decode((GOLDEN / f"{example}.json").read_bytes())
    reach = await media.reach(media.Asker("https", "wake.local", "192.0.2.1"), ROOM)
    access = media.access(reach, ROOM, UUID(golden["sub"]), golden["device"], hosting=hosting, recorded=hosting)
    claims = jwt.decode(access.token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims == golden
    assert access.whep == f"https://wake.local:8001/whep/{ROOM}/host"
    assert access.whip == (f"https://wake.local:8001/whip/{ROOM}/host" if hosting else None)
    assert access.expires_at == NOW + timedelta(hours=1)


async def test_a_literal_address_keeps_its_brackets() -> None:
    assert (await media.reach(media.Asker("http", "::1", "::1"), ROOM)).viewed == "http://[::1]:8001"


def signed(seconds: int, body: bytes, secret: str = SECRET) -> str:
    mac = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"


def test_only_a_fresh_signature_of_this_body_is_genuine() -> None:
    now, body = int(NOW.timestamp()), b'{"type":"left"}'
    assert media.genuine(signed(now, body), body)
    assert media.genuine(signed(now - 299, body), body)
    assert not media.genuine(signed(now - 301, body), body)
    assert not media.genuine(signed(now, body), body + b" ")
    assert not media.genuine(signed(now, body, "another secret"), body)
    for forged in ("", "t=,v1=", "t=1", f"t={now}", f"t={now},v1=é", "t=²,v1=00", signed(now, body)[:-1]):
        assert not media.genuine(forged, body)
