"""The cookie `wake` and the door at which it becomes a principal, before any handler runs."""

from datetime import timedelta

from litestar.datastructures import Cookie

from backend.kit import clock, tokens
from backend.kit.origin import same_origin
from backend.kit.problems import CrossSiteRequest, Unauthenticated
from backend.people.principal import Login, Principal, WakeRequest, directory

COOKIE = "wake"
PURPOSE = "login"
LIFETIME = timedelta(days=30)

_RENEWAL_MS = 86_400_000
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})


def cookie(login: Login, *, secure: bool) -> Cookie:
    """The cookie that says so for 30 days."""
    value, age = tokens.sign(PURPOSE, login, LIFETIME), int(LIFETIME.total_seconds())
    return Cookie(key=COOKIE, value=value, max_age=age, httponly=True, samesite="lax", secure=secure)


def no_cookie(*, secure: bool) -> Cookie:
    """The cookie that ends the login in this browser."""
    return Cookie(key=COOKIE, value="", max_age=0, httponly=True, samesite="lax", secure=secure)


def needs_renewal(login: Login) -> bool:
    """Whether the cookie is over a day old: one that is used lives for ever."""
    return clock.milliseconds() - login.issued > _RENEWAL_MS


async def guarded(request: WakeRequest) -> None:
    """Refuse writes that come from another site and requests without a living login.

    A handler with `opt={"public": True}` needs no login, one with `"foreign": True` accepts calls
    from anywhere (it authenticates by itself). Asked before each request, not as a middleware or a guard: a
    middleware comes with a second net for exceptions (8 µs), for each guard Litestar copies the whole handler (20 µs).
    """
    scope = request.scope
    headers, opt = dict(scope["headers"]), scope["route_handler"].opt
    if scope["method"] not in _READS and not opt.get("foreign"):
        refuse_cross_site(headers)
    if not opt.get("public"):
        scope["user"], scope["auth"] = await _who(headers)


async def _who(headers: dict[bytes, bytes]) -> tuple[Principal, Login]:
    login = read_login(headers)
    principal = await directory.find(login) if login else None
    if login is None or principal is None:
        raise Unauthenticated
    return principal, login


def refuse_cross_site(headers: dict[bytes, bytes]) -> None:
    """Fetch Metadata; where a browser does not send it, Origin; a client with neither is no browser."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        if site.decode("latin-1") not in _OWN_SITES:
            raise CrossSiteRequest
        return
    origin = headers.get(b"origin")
    if origin is not None and not same_origin(origin, headers.get(b"host", b"")):
        raise CrossSiteRequest


def read_login(headers: dict[bytes, bytes]) -> Login | None:
    """The login of the cookie, if it is one of ours and not expired; its epoch is not checked."""
    text = headers.get(b"cookie", b"").decode("latin-1")
    value = _value(text)
    return tokens.verify(PURPOSE, value, Login) if value else None


def _value(text: str) -> str:
    """The value of our cookie (RFC 6265 §5.4)."""
    for part in text.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
