"""What a crowd says of itself, once a second."""

import msgspec


class Line(msgspec.Struct):
    """`viewers` were let in; `joins` are the seconds it took those who are in; `receiving` got media since the last
    line; `packets` and `missed` count since each joined; `cpu` is the crowd's own."""

    viewers: int
    joins: list[float]
    failed: int
    receiving: int
    packets: int
    missed: int
    cpu: float
