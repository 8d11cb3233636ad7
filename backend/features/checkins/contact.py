"""The app's last contact with us, signed, so that nobody has to write it down (decision 0006)."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from backend.kit import clock, tokens
from backend.people.principal import Principal

_PURPOSE = "check-in contact"
_LIFE = timedelta(days=30)


class Contact(Struct, frozen=True, array_like=True):
    """When (server time) the app of an employee last heard from us."""

    employee: UUID
    at: datetime


def contact_token(principal: Principal) -> str:
    """Proof for the app that it has heard from us now."""
    return tokens.sign(_PURPOSE, Contact(principal.employee, clock.now()), _LIFE)


def last_contact(principal: Principal, token: str) -> datetime | None:
    """The instant in a token of this employee; None proves nothing."""
    contact = tokens.verify(_PURPOSE, token, Contact) if token else None
    return contact.at if contact and contact.employee == principal.employee else None
