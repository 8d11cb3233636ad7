"""Things of the cast's company, and well-formed requests to every route, made from the schema itself."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from backend.kit import db
from backend.kit.ids import uuid7
from tests.cast import Cast

NOBODYS = "00000000-0000-7000-8000-000000000001"


class Operation(Struct, frozen=True):
    """A route of the schema; `body` is the schema of its JSON body."""

    name: str
    method: str
    path: str
    parameters: list[str]
    queries: dict[str, dict[str, Any]]
    body: dict[str, Any] | None

    def address(self, ids: dict[str, str]) -> str:
        return self.path.format_map({name: ids[name] for name in self.parameters})


class Schema:
    """The app's OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.operations = [
            self._operation(path, method, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        ]

    def _operation(self, path: str, method: str, told: dict[str, Any]) -> Operation:
        parameters = told.get("parameters") or []
        return Operation(
            name=told["operationId"],
            method=method.upper(),
            path=path,
            parameters=[one["name"] for one in parameters if one["in"] == "path"],
            queries={one["name"]: one["schema"] for one in parameters if one["in"] == "query"},
            body=told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema"),
        )

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema behind references; of several kinds the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            elif kinds := schema.get("oneOf") or schema.get("anyOf"):
                schema = next(kind for kind in kinds if kind.get("type") != "null")
            else:
                return schema

    def example(self, schema: dict[str, Any], ids: dict[str, str], name: str = "") -> Any:
        """A value that the schema admits, with the given ids where a field of that name wants one."""
        schema = self.resolved(schema)
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return {
                field: self.example(schema["properties"][field], ids, field) for field in schema.get("required", [])
            }
        plain = {"array": [], "boolean": True, "integer": schema.get("minimum", 1), "number": 1.0}
        return plain[kind] if kind in plain else self._text(schema, ids, name)

    def _text(self, schema: dict[str, Any], ids: dict[str, str], name: str) -> str:
        match schema.get("format"):
            case "uuid":
                return str(uuid7()) if name == "id" else ids.get(name, NOBODYS)
            case "date-time":
                return "2026-11-23T08:00:00Z"
            case "date":
                return "2099-01-01"
        return str(ids.get(name) or "x" * max(8, schema.get("minLength", 1)))


async def make_world(cast: Cast) -> dict[str, str]:
    """The ids of real things of the cast's company, by the names of path parameters and body fields."""
    alice, bob = cast.alice.client, cast.bob.client
    channel = str(uuid7())
    await db.execute(
        "insert into channel (id, org, unit, publisher, name, emoji) values ($1, $2, $3, $4, 'Service', '🎧')",
        *(UUID(channel), cast.team.org, cast.team.id, cast.alice.employee.id),
    )
    lesson = await _posted(alice, "/api/drafts", {"channel": channel, "title": "Refunds"})
    card = {"kind": "text", "id": str(uuid7()), "title": "One", "markdown": "two"}
    saved = await alice.put(f"/api/drafts/{lesson}", json={"revision": 0, "title": "Refunds", "cards": [card]})
    await _posted(alice, f"/api/drafts/{lesson}/publications", {"revision": saved.json()["revision"]})
    session = await _posted(alice, "/api/live-sessions", {"title": "Live", "unit": str(cast.team.id)})
    message = str(uuid7())
    said = await bob.post(f"/api/live-sessions/{session}/messages", json={"id": message, "text": "hello"})
    assert said.is_success, said.text
    await _posted(bob, "/api/check-ins", {"occurredAt": "2026-11-23T08:00:00Z"})
    entry = (await bob.get("/api/points")).json()["entries"][0]["id"]
    return {
        **{"employee_id": str(cast.bob.employee.id), "person": str(cast.bob.employee.id)},
        **{"channel_id": channel, "channel": channel, "lesson_id": lesson, "session_id": session},
        **{"message_id": message, "prompt_id": NOBODYS, "entry_id": entry, "unit": str(cast.team.id)},
    }


async def _posted(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> str:
    answer = await client.post(path, json={"id": str(uuid7())} | body)
    assert answer.status_code == 201, answer.text
    return str(msgspec.json.decode(answer.content)["id"])
