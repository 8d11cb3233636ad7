"""Every route of the schema, asked by nobody, by another company, and in every malformed way."""

import httpx
import pytest_asyncio

from backend.app import App
from backend.people.logins import guarded
from tests.backend.world import Operation, Schema, make_world
from tests.cast import Cast

PUBLIC = {"logIn", "health"}
OWN = {"logOut", "logOutEverywhere", "changePassword", "changeMe"}  # they act on Mallory alone
RAW = {"upload", "mediaWebhook"}  # their bodies are no JSON of the schema, and have tests of their own
SIGNED = {"mediaWebhook"}  # authenticated by its signature

JUNK = [b"", b"{", b"[]", b"null", b'"x"', b"1e999", b"\xff\xfe", b'{"id":' + b"[" * 5000, b"{}{}"]
WRONG = [{"a": 1}, [[]], "\x00", -1, 1e300, True, None]


@pytest_asyncio.fixture(scope="module")
async def schema(app: App) -> Schema:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wake.test") as client:  # type: ignore[arg-type]
        return Schema((await client.get("/api/openapi.json")).json())


@pytest_asyncio.fixture(scope="module")
async def world(cast: Cast) -> dict[str, str]:
    return await make_world(cast)


def is_problem(answer: httpx.Response) -> bool:
    return (
        400 <= answer.status_code < 500
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["type"].startswith("/problems/")
    )


async def ask(
    client: httpx.AsyncClient, schema: Schema, operation: Operation, ids: dict[str, str]
) -> httpx.Response:
    body = schema.example(operation.body, ids) if operation.body else None
    query = {name: schema.example(told, ids, name) for name, told in operation.queries.items()}
    return await client.request(operation.method, operation.address(ids), json=body, params=query)


async def test_nobody_gets_in_anywhere(client: httpx.AsyncClient, schema: Schema, world: dict[str, str]) -> None:
    assert len(schema.operations) > 40
    for operation in schema.operations:
        if operation.name not in PUBLIC | SIGNED:
            answer = await ask(client, schema, operation, world)
            assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated"), operation.name


def test_no_layer_takes_the_door_out(app: App) -> None:
    """Litestar asks the nearest `before_request` alone: one of a handler's own would leave it open."""
    handlers = [handler for route in app.litestar.routes for handler in getattr(route, "route_handlers", [])]
    assert len(handlers) > 60
    assert {handler.resolve_before_request() for handler in handlers} == {guarded}


async def test_another_company_finds_nothing_of_ours(cast: Cast, schema: Schema, world: dict[str, str]) -> None:
    ours = {*world.values(), str(cast.team.org), *(str(unit) for unit in cast.team.path)} - {world["prompt_id"]}
    for operation in schema.operations:
        if operation.name in PUBLIC | OWN | RAW:
            continue
        answer = await ask(cast.mallory.client, schema, operation, world)
        wanted = operation.parameters or (operation.body and {"unit", "channel"} & set(_fields(schema, operation)))
        if wanted:
            assert answer.status_code in {403, 404}, (operation.name, answer.status_code, answer.text)
            assert is_problem(answer)
        else:
            assert answer.status_code < 500, (operation.name, answer.text)
            assert not [one for one in ours if one in answer.text], operation.name


def _fields(schema: Schema, operation: Operation) -> list[str]:
    return list(schema.resolved(operation.body or {}).get("properties", {}))


async def test_junk_is_told_to_be_junk(cast: Cast, schema: Schema, world: dict[str, str]) -> None:
    for operation in schema.operations:
        if operation.body is None or operation.name in RAW:
            continue
        for junk in JUNK:
            answer = await cast.alice.client.request(
                operation.method, operation.address(world), content=junk, headers={"content-type": "application/json"}
            )
            assert is_problem(answer), (operation.name, junk[:20], answer.status_code, answer.text)


async def test_unknown_fields_and_wrong_types_are_refused_with_their_place(
    cast: Cast, schema: Schema, world: dict[str, str]
) -> None:
    for operation in schema.operations:
        if operation.body is None or operation.name in RAW | OWN:
            continue
        good = schema.example(operation.body, world)
        address = operation.address(world)
        answer = await cast.alice.client.request(operation.method, address, json=good | {"surprise": 1})
        assert (answer.status_code, is_problem(answer)) == (422, True), (operation.name, answer.text)
        for field in _fields(schema, operation):
            answer = await cast.alice.client.request(operation.method, address, json=good | {field: {"a": 1}})
            assert answer.status_code == 422, (operation.name, field, answer.text)
            assert answer.json()["errors"][0]["path"].startswith(f"/body/{field}"), (operation.name, answer.text)
            for value in WRONG:
                odd = good | {field: value}
                answer = await cast.alice.client.request(operation.method, address, json=odd)
                assert answer.status_code < 500, (operation.name, field, value, answer.text)


async def test_wrong_query_values_and_paths_are_problems(cast: Cast, schema: Schema, world: dict[str, str]) -> None:
    for operation in schema.operations:
        for name, told in operation.queries.items():
            if schema.resolved(told).get("type") == "string" and not {"enum", "format"} & set(schema.resolved(told)):
                continue
            answer = await cast.alice.client.request(
                operation.method, operation.address(world), params={name: "\x00§"}
            )
            assert is_problem(answer), (operation.name, name, answer.text)
        for parameter in operation.parameters:
            for odd in ("x", "%00", "%2e%2e", "1" * 5000):
                answer = await cast.alice.client.request(
                    operation.method, operation.address(world | {parameter: odd})
                )
                assert is_problem(answer), (operation.name, odd[:9], answer.text)
