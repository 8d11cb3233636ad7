"""What the points projection tells."""

from typing import Literal
from uuid import UUID

from backend.traces.projection import Notice

Account = Literal["learning", "teaching"]


class Credited(Notice, frozen=True):
    """An entry of an account: `amount` points (negative: a reversal); `capped` is what a cap took away."""

    employee: UUID
    account: Account
    amount: int
    rule: str
    entry: UUID
    capped: int
