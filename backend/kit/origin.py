"""Whether a browser's request comes from our own pages."""

from urllib.parse import urlsplit


def same_origin(origin: bytes, host: bytes) -> bool:
    """Whether the Origin header (RFC 6454) names the host that was asked."""
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() == host.decode("latin-1").lower()
    except ValueError:
        return False
