"""What the people routes accept and answer."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from backend.kit.wire import Wire

Role = Literal["admin", "publisher", "manager", "expert", "auditor"]
Language = Literal["zh", "en"]
Status = Literal["probation", "regular", "left"]

Number = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=256)]
NewPassword = Annotated[str, Meta(min_length=8, max_length=256)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]


class LogIn(Wire):
    """Employee number and password; `company` (its slug) only when the number is not unique."""

    employee_number: Number
    password: Password
    company: Annotated[str, Meta(max_length=64)] = ""


class ChangePassword(Wire):
    current: Password
    new: NewPassword


class ChangeMe(Wire):
    language: Language | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    on_leaderboards: bool | UnsetType = UNSET


class UnitRef(Wire):
    id: UUID
    name: str


class Person(Wire):
    """An employee as colleagues see them."""

    id: UUID
    name: str
    unit: str


class GrantedRole(Wire):
    role: Role
    unit: UnitRef


class Me(Wire):
    """The employee behind the cookie. `path` is the units from the top to theirs."""

    id: UUID
    employee_number: str
    name: str
    company: str
    unit: UnitRef
    path: list[str]
    position: str
    level: str
    zone: str
    language: Language
    hired_on: date
    status: Status
    on_leaderboards: bool
    roles: list[GrantedRole]
    can_host: bool
    can_publish: bool
    can_manage: bool
    can_administer: bool
    now: datetime


class UnitNode(Wire):
    """A unit of the tree, parents before children; `members` counts it and all below."""

    id: UUID
    parent: UUID | None
    name: str
    kind: Literal["company", "region", "department", "team"]
    members: int


class Employee(Wire):
    """An employee as managers and admins see them."""

    id: UUID
    employee_number: str
    name: str
    unit: UnitRef
    position: str
    level: str
    status: Status
    hired_on: date
    zone: str


class EmployeePage(Wire):
    employees: list[Employee]
    next: str | None


class ChangeEmployee(Wire):
    """`left` ends every session of the employee at once."""

    status: Status | UnsetType = UNSET
    unit: UUID | UnsetType = UNSET


class SocketTicket(Wire):
    """Good once, for 30 seconds, for `/api/ws?ticket=…`."""

    ticket: str
