"""Formats, names and ranges of files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.features.files.rules import FORMATS, Span, looks_like, media_type, plain_name, span


def test_a_media_type_is_read_without_its_parameters() -> None:
    assert media_type("Image/PNG; charset=x") == "image/png"
    assert media_type("") == ""


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\r"),
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0"),
        ("image/gif", b"GIF89a\0\0\0\0\0\0"),
        ("image/webp", b"RIFF\1\2\3\4WEBP"),
        ("video/mp4", b"\0\0\0\x20ftypisom"),
    ],
)
def test_a_file_looks_like_its_own_type_only(kind: str, head: bytes) -> None:
    assert [other for other in FORMATS if looks_like(other, head)] == [kind]


def test_nothing_looks_like_nothing() -> None:
    assert not any(looks_like(kind, b"") for kind in FORMATS)
    assert not looks_like("text/html", b"<html>")


def test_names_are_plain() -> None:
    assert plain_name("../../etc/passwd") == "passwd"
    assert plain_name("C:\\照片\\现场 1.jpg") == "现场 1.jpg"
    assert plain_name("a\r\nb\0.png") == "ab.png"
    assert plain_name("\u202egnp.exe") == "gnp.exe"
    assert plain_name("..") == "file"
    assert len(plain_name("x" * 500 + ".mp4")) == 120


@given(st.text())
def test_a_name_never_carries_a_path_or_a_control(name: str) -> None:
    shown = plain_name(name)
    assert shown
    assert not set(shown) & {"/", "\\"}
    assert all(unicodedata.category(sign)[0] != "C" for sign in shown)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", Span(0, 10)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=3-5", Span(3, 6)),
        ("bytes=9-99", Span(9, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-99", Span(0, 10)),
        ("bytes=10-", Span(10, 10)),
        ("bytes=99-100", Span(10, 10)),
        ("bytes=-0", Span(10, 10)),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=1-2", None),
        ("garbage", None),
    ],
)
def test_ranges(header: str | None, expected: Span | None) -> None:
    assert span(header, 10) == expected


@given(st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), st.integers(1, 300))
def test_a_span_lies_in_the_file(header: str, size: int) -> None:
    found = span(header, size)
    assert found is None or 0 <= found.start <= found.stop <= size
