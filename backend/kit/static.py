"""The built PWA, from memory, beside Litestar: precompressed, revalidated, and one shell for every page."""

import hashlib
import mimetypes
import re
from base64 import b64encode
from http import HTTPStatus
from pathlib import Path

from litestar.types import HTTPScope, Send

SHELL = "200.html"
_IMMUTABLE = "_app/immutable/"
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))
_INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)

# What the built-in table of types lacks on some machines.
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".woff2": "font/woff2"}

NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>Wake</title>
<style>body{font:16px/1.6 system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem}</style>
<h1>The app has not been built yet</h1>
<p>The server is running, but <code>pwa/build</code> is missing. <code>make run</code> builds it;
by hand: <code>npm ci &amp;&amp; npm run build</code> in <code>pwa/</code>, then restart.</p>
"""

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)

Headers = list[tuple[bytes, bytes]]


class _File:
    """A file in all its encodings."""

    def __init__(self, path: Path, name: str) -> None:
        raw = path.read_bytes()
        self.raw = raw
        self.etag = b'"' + hashlib.sha256(raw).hexdigest()[:20].encode() + b'"'
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        charset = "; charset=utf-8" if kind.startswith("text/") or kind.endswith(("json", "xml")) else ""
        self.headers: Headers = [
            (b"etag", self.etag),
            (b"cache-control", b"public, max-age=31536000, immutable" if name.startswith(_IMMUTABLE) else b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"content-type", (kind + charset).encode()),
        ]
        self.encodings = {
            encoding: packed.read_bytes()
            for encoding, suffix in _ENCODINGS
            if (packed := path.with_name(path.name + suffix)).exists()
        }

    def body(self, accepted: bytes) -> tuple[bytes, bytes]:
        """(encoding or empty, bytes) that the client accepts (RFC 9110 §12.5.3, without weights)."""
        for encoding, _ in _ENCODINGS:
            if encoding in accepted and encoding in self.encodings:
                return encoding, self.encodings[encoding]
        return b"", self.raw


class Static:
    """ASGI app over a folder; paths without a dot that are no file are pages of the shell."""

    def __init__(self, folder: Path, media_url: str | None, media_port: int, media_sources: str = "") -> None:
        self._media_url = media_url
        self._media_port = media_port
        self._media_sources = media_sources.encode()
        self._files = {
            name: _File(path, name)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix not in {".br", ".gz"}
            for name in (path.relative_to(folder).as_posix(),)
        }
        shell = self._files.get(SHELL)
        self._hashes = b" ".join(
            b"'sha256-" + b64encode(hashlib.sha256(script).digest()) + b"'"
            for script in (_INLINE.findall(shell.raw) if shell else ())
        )

    async def __call__(self, scope: HTTPScope, send: Send) -> None:
        name = scope["path"].strip("/")
        request = dict(scope["headers"])
        if scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, [(b"allow", b"GET, HEAD")], b"", head=False)
            return
        file = self._files.get(name or SHELL)
        if file is None and "." not in name.rsplit("/", 1)[-1]:
            file = self._files.get(SHELL)
            if file is None:
                headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
                await _answer(send, 503, headers, NOT_BUILT, head=scope["method"] == "HEAD")
                return
        if file is None:
            await _answer(send, 404, [(b"content-type", b"text/plain")], b"not found", head=False)
            return
        headers = [*file.headers, *SECURITY_HEADERS, (b"content-security-policy", self._policy(scope, request))]
        if file.etag in request.get(b"if-none-match", b""):
            await _answer(send, 304, headers, b"", head=True)
            return
        encoding, body = file.body(request.get(b"accept-encoding", b""))
        if encoding:
            headers.append((b"content-encoding", encoding))
        await _answer(send, 200, headers, body, head=scope["method"] == "HEAD")

    def _policy(self, scope: HTTPScope, request: dict[bytes, bytes]) -> bytes:
        """Content-Security-Policy: our own origin, its sockets, the relays, and the shell's own scripts."""
        host = request.get(b"host", b"")
        if not re.fullmatch(rb"[A-Za-z0-9.:\[\]-]*", host):
            host = b""
        scheme = b"https" if scope["scheme"] == "https" else b"http"
        name = re.sub(rb":\d+$", b"", host)
        media = self._media_url.encode() if self._media_url else b"%s://%s:%d" % (scheme, name, self._media_port)
        if self._media_sources:
            media += b" " + self._media_sources.replace(b"{host}", name)
        socket = scheme.replace(b"http", b"ws") + b"://" + host
        return (
            b"default-src 'self'; script-src 'self' " + self._hashes + b"; style-src 'self' 'unsafe-inline'; "
            b"img-src 'self' data: blob:; media-src 'self' blob: " + media + b"; "
            b"connect-src 'self' " + socket + b" " + media + b"; "
            b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        )


async def _answer(send: Send, status: int, headers: Headers, body: bytes, *, head: bool) -> None:
    length = [] if status == HTTPStatus.NOT_MODIFIED else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})
