"""Which files are taken, how large they may be, and which bytes a range asks for. Pure."""

import re
import unicodedata
from typing import Literal

from msgspec import Struct

Kind = Literal["image", "video"]
MEGABYTE = 1_000_000
HEAD = 12
"""How many first bytes `looks_like` needs."""
_NAME_LENGTH = 120
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Format(Struct, frozen=True):
    """A media type that is taken; `limit` in bytes."""

    kind: Kind
    limit: int


class Span(Struct, frozen=True):
    """Bytes `[start, stop)` of a file."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


FORMATS = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/webp", "image/gif"), Format("image", 10 * MEGABYTE)),
    "video/mp4": Format("video", 200 * MEGABYTE),
}


def media_type(header: str) -> str:
    """The media type without its parameters (RFC 9110 §8.3)."""
    return header.partition(";")[0].strip().lower()


def looks_like(media_type: str, head: bytes) -> bool:
    """Whether a file's first `HEAD` bytes are those of its media type."""
    match media_type:
        case "image/png":
            return head.startswith(b"\x89PNG\r\n\x1a\n")
        case "image/jpeg":
            return head.startswith(b"\xff\xd8\xff")
        case "image/gif":
            return head.startswith((b"GIF87a", b"GIF89a"))
        case "image/webp":
            return head[:4] == b"RIFF" and head[8:12] == b"WEBP"
        case "video/mp4":
            return head[4:8] == b"ftyp"
    return False


def plain_name(name: str) -> str:
    """A file's own name without folders and control characters, at most 120 characters long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    return shown[-_NAME_LENGTH:] or "file"


def span(header: str | None, size: int) -> Span | None:
    """The one range of bytes that is asked for (RFC 9110 §14.1.2), None for the whole file.

    An empty span cannot be satisfied. Several ranges, other units and broken headers mean the whole
    file, as the RFC allows.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    first, last = found.groups()
    if not first:
        return Span(max(size - int(last), 0), size) if last else None
    start, stop = int(first), int(last) + 1 if last else size
    if last and stop <= start:
        return None
    return Span(min(start, size), min(stop, size))
