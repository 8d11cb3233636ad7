"""The PWA is served from memory: encodings, revalidation, the shell, its policy; the API beside it is not."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from backend.app import App, create_app
from backend.kit.settings import Settings
from tests.cast import ADDRESS

SCRIPT = "window.boot = 1;"
SHELL = f"<!doctype html><script>{SCRIPT}</script><script src='/_app/immutable/a.js'></script>"
CODE = "console.log('航迹');"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    (folder / "_app/immutable").mkdir(parents=True)
    (folder / "200.html").write_text(SHELL)
    (folder / "_app/immutable/a.js").write_text(CODE)
    (folder / "_app/immutable/a.js.gz").write_bytes(gzip.compress(CODE.encode()))
    (folder / "_app/immutable/a.js.br").write_bytes(b"brotli")
    (folder / "manifest.webmanifest").write_text("{}")
    return folder


def browser(app: App) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def page(settings: Settings, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(create_app(settings, built)) as client:
        yield client


async def test_every_page_is_the_shell_revalidated_each_time(page: httpx.AsyncClient) -> None:
    for path in ("/", "/live/1", "/learn", "/apix"):
        answer = await page.get(path)
        assert (answer.status_code, answer.text) == (200, SHELL)
        assert answer.headers["cache-control"] == "no-cache"
        again = await page.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_files_come_in_the_encoding_that_is_accepted_and_for_ever(page: httpx.AsyncClient) -> None:
    for accepted, encoding in (("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", None)):
        request = page.build_request("GET", "/_app/immutable/a.js", headers={"accept-encoding": accepted})
        answer = await page.send(request, stream=True)
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "accept-encoding"
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert len(raw) == int(answer.headers["content-length"])
    assert (await page.head("/")).headers["content-length"] == str(len(SHELL))


async def test_what_is_missing_is_404_and_what_is_not_a_read_is_405(page: httpx.AsyncClient) -> None:
    assert (await page.get("/_app/immutable/gone.js")).status_code == 404
    for path in ("/../pyproject.toml", "/%2e%2e/200.html", "/_app/../../x.html"):
        assert (await page.get(path)).status_code == 404
    assert (await page.post("/")).status_code == 405
    missing = await page.get("/api/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_the_policy_allows_the_shells_own_script_the_sockets_and_the_relay(page: httpx.AsyncClient) -> None:
    headers = (await page.get("/")).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    digest = b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["connect-src"].split() == ["'self'", "ws://wake.test", "http://wake.test:8001"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "camera=(self)" in headers["permissions-policy"]
    forged = await page.get("/", headers={"host": "x; script-src *"})
    assert "script-src *" not in forged.headers["content-security-policy"].replace(policy["script-src"], "")


async def test_without_a_build_the_page_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    async with browser(create_app(settings, tmp_path / "missing")) as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "make run" in answer.text
