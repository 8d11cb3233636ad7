"""Files: uploads of every kind of good and bad, and reading them back whole and in ranges."""

import errno
from collections.abc import AsyncIterator
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from obstore.store import MemoryStore

from backend.features.files import service
from backend.features.files.rules import Span
from backend.features.files.service import StorageFull
from backend.features.files.storage import Bucket, Folder, sweep
from backend.kit import clock, db
from backend.kit.settings import Settings
from tests.cast import Actor, Cast

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40
MP4 = b"\0\0\0\x20ftypisom" + bytes(range(256)) * 9000
LIMIT = 10_000_000


async def upload(actor: Actor, body: Any, kind: str = "image/png", name: str = "a.png") -> httpx.Response:
    return await actor.client.post("/api/files", params={"name": name}, content=body, headers={"content-type": kind})


async def kept(actor: Actor, body: bytes, kind: str = "image/png", name: str = "a.png") -> dict[str, Any]:
    answer = await upload(actor, body, kind, name)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def on_disk(settings: Settings) -> list[Path]:
    return [path for path in (settings.data / "files").glob("*/*") if path.is_file()]


async def test_an_image_is_kept_and_read_by_everybody_of_the_company(cast: Cast) -> None:
    file = await kept(cast.alice, PNG, name="../现场/照片 1.png")
    assert file == {
        "id": file["id"],
        "url": f"/api/files/{file['id']}",
        "name": "照片 1.png",
        "kind": "image",
        "mediaType": "image/png",
        "size": len(PNG),
    }
    answer = await cast.bob.client.get(file["url"])
    assert answer.status_code == 200
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert (
        await cast.bob.client.get(file["url"], headers={"if-none-match": answer.headers["etag"]})
    ).status_code == 304
    head = await cast.bob.client.head(file["url"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PNG)))


async def test_another_company_and_a_stranger_see_nothing(cast: Cast, client: httpx.AsyncClient) -> None:
    file = await kept(cast.alice, PNG)
    assert (await cast.mallory.client.get(file["url"])).status_code == 404
    assert (await cast.mallory.client.head(file["url"])).status_code == 404
    assert (await client.get(file["url"])).status_code == 401
    assert (await client.post("/api/files?name=x", content=PNG)).status_code == 401


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-", 0, len(MP4)), ("bytes=0-1", 0, 2), ("bytes=1000000-1999999", 1_000_000, 2_000_000),
     ("bytes=-5", len(MP4) - 5, len(MP4))],
)  # fmt: skip
async def test_a_video_is_served_in_ranges(cast: Cast, asked: str, start: int, stop: int) -> None:
    file = await kept(cast.alice, MP4, "video/mp4", "film.mp4")
    answer = await cast.bob.client.get(file["url"], headers={"range": asked})
    assert answer.status_code == 206
    assert answer.content == MP4[start:stop]
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(MP4)}"
    assert answer.headers["content-length"] == str(stop - start)


async def test_ranges_that_cannot_be_and_ranges_that_are_ignored(cast: Cast) -> None:
    file = await kept(cast.alice, PNG)
    beyond = await cast.bob.client.get(file["url"], headers={"range": f"bytes={len(PNG)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(PNG)}"
    assert beyond.json()["type"] == "/problems/range-not-satisfiable"
    for headers in ({"range": "bytes=0-1,3-4"}, {"range": "bytes=0-1", "if-range": '"another"'}):
        assert (await cast.bob.client.get(file["url"], headers=headers)).status_code == 200


async def test_only_known_types_that_are_what_they_say(cast: Cast, settings: Settings) -> None:
    before = on_disk(settings)
    for kind in ("", "text/html", "image/svg+xml", "application/x-www-form-urlencoded"):
        answer = await upload(cast.alice, PNG, kind)
        assert answer.status_code == 415
        assert answer.json()["type"] == "/problems/unsupported-media-type"
        assert "image/png" in answer.json()["accepted"]
    for body, kind in ((PNG, "image/jpeg"), (b"<html>" * 99, "image/png"), (PNG, "video/mp4"), (b"", "image/png"),
                       (PNG[:8], "image/png")):  # fmt: skip
        answer = await upload(cast.alice, body, kind)
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/unlike-its-type"
    assert on_disk(settings) == before


async def test_too_much_is_refused_whether_it_is_announced_or_not(cast: Cast, settings: Settings) -> None:
    before = on_disk(settings)
    piece = PNG + bytes(100_000)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield piece

    for body in (piece * (LIMIT // len(piece) + 1), endless()):
        answer = await upload(cast.alice, body)
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/too-large"
        assert answer.json()["limit"] == LIMIT
    exact = PNG + bytes(LIMIT - len(PNG))
    assert (await kept(cast.alice, exact))["size"] == LIMIT
    assert len(on_disk(settings)) == len(before) + 1


async def test_a_stream_without_a_length_is_kept(cast: Cast) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(PNG), 7):
            yield PNG[at : at + 7]

    answer = await upload(cast.alice, pieces())
    assert answer.status_code == 201
    assert (await cast.alice.client.get(answer.json()["url"])).content == PNG


async def test_a_half_upload_leaves_nothing_behind(cast: Cast, settings: Settings) -> None:
    before, rows = on_disk(settings), await db.fetchval("select count(*) from file")

    async def torn() -> AsyncIterator[bytes]:
        yield MP4
        raise ConnectionResetError("the phone went into a tunnel")

    principal = Settings  # any object will do: the row is never written
    with pytest.raises(ConnectionResetError):
        await service.store(principal, "x", "video/mp4", None, torn(), Folder(settings.data))  # type: ignore[arg-type]  # see principal
    assert on_disk(settings) == before
    assert await db.fetchval("select count(*) from file") == rows


async def test_a_full_disk_is_told(cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full is a disk without room: every write to it fails with ENOSPC."""
    monkeypatch.setattr(service, "_create", lambda part: FileIO("/dev/full", "w"))
    answer = await upload(cast.alice, PNG)
    assert answer.status_code == StorageFull.status
    assert answer.json()["type"] == "/problems/storage-full"
    assert errno.ENOSPC in service.FULL


async def test_what_a_killed_process_left_is_swept_after_a_day(cast: Cast, settings: Settings) -> None:
    file = await kept(cast.alice, PNG)
    part = Folder(settings.data / "files").part(UUID(int=7))
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    assert sweep(settings) == 0
    with clock.travel(clock.now() + timedelta(days=2)):
        assert sweep(settings) == 1
    assert not part.exists()
    assert Folder(settings.data / "files").path(UUID(file["id"])).exists()


@pytest.mark.parametrize("kind", ["folder", "bucket"])
async def test_a_folder_and_a_bucket_keep_the_same(kind: str, tmp_path: Path) -> None:
    storage = Folder(tmp_path) if kind == "folder" else Bucket(MemoryStore(), tmp_path)
    part = storage.part(UUID(int=7))
    part.parent.mkdir(parents=True)
    part.write_bytes(MP4)
    await storage.keep(UUID(int=7), part)
    assert not part.exists()
    for start, stop in ((0, len(MP4)), (1000, 1_000_000), (len(MP4) - 1, len(MP4)), (5, 5)):
        found = [piece async for piece in storage.pieces(UUID(int=7), Span(start, stop))]
        assert b"".join(found) == MP4[start:stop]
