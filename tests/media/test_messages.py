"""The documents both sides meet at: the golden examples are read and written again unchanged."""

import json
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

from media.grant import Refused, read
from media.messages import AnyMessage, Room, mint

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
SECRET = "the media secret of the tests, 32 bytes and more"
WEBHOOKS = ("joined", "beat", "left", "published", "unpublished", "fault", "left-removed", "recorded")
GRANTS = ("grant-host", "grant-watch", "close-room")


def golden(name: str) -> dict[str, Any]:
    return msgspec.json.decode((GOLDEN / f"{name}.json").read_bytes(), type=dict[str, Any])


def token(**changes: Any) -> str:
    claims = golden("grant-watch") | {"exp": 4_000_000_000} | changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, SECRET, "HS256")


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_is_the_golden_one_both_ways(name: str) -> None:
    message = msgspec.convert(golden(name), AnyMessage)
    assert type(message).__name__.lower() == name.partition("-")[0]
    assert json.loads(msgspec.json.encode(message)) == golden(name)


def test_the_state_of_a_room_is_the_golden_one_both_ways() -> None:
    assert json.loads(msgspec.json.encode(msgspec.convert(golden("room"), Room))) == golden("room")


@pytest.mark.parametrize("name", GRANTS)
def test_a_grant_is_the_golden_one_both_ways(name: str) -> None:
    claims = golden(name) | {"exp": 4_000_000_000}
    grant = read(jwt.encode(claims, SECRET, "HS256"), SECRET)
    assert json.loads(msgspec.json.encode(grant)) == {"edge": False} | claims  # which the backend never says


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "not.a.token",
        token()[:-2],
        token(exp=1_700_000_000),
        token(exp=None),
        token(iat=None),
        token(iss="somebody"),
        token(iss=None),
        token(room="7"),
        token(room=None),
        token(sub=""),
        token(sub="bob"),
        token(device=""),
        token(device="x" * 65),
        token(publish=["throne"]),
        token(watch="yes"),
        jwt.encode(golden("grant-watch") | {"exp": 4_000_000_000}, SECRET + "!", "HS256"),
        jwt.encode(golden("grant-watch") | {"exp": 4_000_000_000}, "", "none"),
    ],
)
def test_a_bad_grant_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        read(bad, SECRET)


def test_the_backends_own_grant_names_nobody() -> None:
    grant = read(jwt.encode(golden("close-room") | {"exp": 4_000_000_000}, SECRET, "HS256"), SECRET)
    assert grant.control
    assert not grant.watch
    with pytest.raises(ValueError, match="badly formed"):
        _ = grant.person


def test_minted_ids_are_uuidv7_in_order_of_time() -> None:
    first, second = mint(), mint()
    assert first.version == second.version == 7
    assert first.variant == "specified in RFC 4122"
    assert first.int >> 80 <= second.int >> 80
