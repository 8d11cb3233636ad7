"""What may be written down of a person, and which password is too easy."""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

LANGUAGES = ("zh", "en")
LONGEST_NAME, LONGEST_NUMBER = 80, 64
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256

_SAME, _LETTERS = 4, 4
_COMMON = frozenset({"password", "password1", "passw0rd", "qwertyui", "qwertyuiop", "wake-demo", "admin123"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@cache
def zones() -> frozenset[str]:
    """Every time zone that IANA knows."""
    return frozenset(available_timezones())


def unfit(text: str, longest: int, *, empty: bool = False) -> bool:
    """Whether this is no name, number or title: nothing, too much, with control characters or space around it."""
    return not (text or empty) or len(text) > longest or text != text.strip() or bool(_CONTROL.search(text))


def slug(name: str) -> str:
    """The short name of a company; `company` for a name without Latin letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "company"


def weakness(password: str, *known: str) -> str | None:
    """Why somebody would guess this password; None when they would not. `known` is known of its owner."""
    plain = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        return f"the password is shorter than {SHORTEST_PASSWORD} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"the password is longer than {LONGEST_PASSWORD} characters"
    if plain in _COMMON or len(set(plain)) < _SAME or _runs(plain):
        return "the password is one of the first that anybody would try"
    if any(len(word) >= _LETTERS and word.casefold() in plain for word in known):
        return "the password contains a name or a number that colleagues know"
    return None


def _runs(plain: str) -> bool:
    """12345678, 87654321, abcdefgh."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return len(steps) == 1
