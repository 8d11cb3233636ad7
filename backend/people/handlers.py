"""The routes of people."""

from uuid import UUID

from litestar import Request, Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from backend.kit.documented import raises
from backend.kit.hub import hub
from backend.kit.problems import Forbidden, TooMany
from backend.people import queries, service
from backend.people.logins import cookie, needs_renewal, no_cookie
from backend.people.principal import Principal, WakeRequest, directory
from backend.people.schemas import (
    ChangeEmployee,
    ChangeMe,
    ChangePassword,
    Employee,
    EmployeePage,
    LogIn,
    Me,
    SocketTicket,
    UnitNode,
)
from backend.people.service import CompanyNeeded, WrongCredentials


def _secure(request: Request) -> bool:  # type: ignore[type-arg]
    return request.url.scheme == "https"


@post("/api/login", operation_id="logIn", opt={"public": True} | raises(WrongCredentials, CompanyNeeded, TooMany))
async def log_in(request: Request, data: JSONBody[LogIn]) -> Response[Me]:  # type: ignore[type-arg]
    login = await service.log_in(data, request.client.host if request.client else "")
    principal = await directory.find(login)
    if principal is None:
        raise WrongCredentials
    return Response(await queries.me(principal), cookies=[cookie(login, secure=_secure(request))])


@post("/api/logout", operation_id="logOut", status_code=204)
async def log_out(request: WakeRequest) -> Response[None]:
    return Response(None, cookies=[no_cookie(secure=_secure(request))])


@post("/api/logout-everywhere", operation_id="logOutEverywhere", status_code=204)
async def log_out_everywhere(request: WakeRequest) -> Response[None]:
    await service.end_logins(request.user.employee)
    return Response(None, cookies=[no_cookie(secure=_secure(request))])


@get("/api/me", operation_id="me")
async def me(request: WakeRequest) -> Response[Me]:
    login = request.auth
    fresh = service.new_login(login.employee, login.org, login.epoch)
    cookies = [cookie(fresh, secure=_secure(request))] if needs_renewal(login) else []
    return Response(await queries.me(request.user), cookies=cookies)


@patch("/api/me", operation_id="changeMe")
async def change_me(request: WakeRequest, data: JSONBody[ChangeMe]) -> Me:
    await service.change_me(request.user, data)
    return await queries.me(request.user)


@post("/api/me/password", operation_id="changePassword", opt=raises(WrongCredentials, TooMany), status_code=204)
async def change_password(request: WakeRequest, data: JSONBody[ChangePassword]) -> Response[None]:
    login = await service.change_password(request.user, data)
    return Response(None, cookies=[cookie(login, secure=_secure(request))])


@get("/api/units", operation_id="units")
async def units(request: WakeRequest) -> list[UnitNode]:
    return await queries.units(request.user)


@get("/api/employees", operation_id="employees", opt=raises(Forbidden))
async def employees(
    request: WakeRequest,
    search: FromQuery[str | None] = None,
    unit: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
) -> EmployeePage:
    return await queries.employees(request.user, search or "", unit, after or "")


@patch("/api/employees/{employee_id:uuid}", operation_id="changeEmployee", opt=raises(Forbidden))
async def change_employee(
    request: WakeRequest, employee_id: FromPath[UUID], data: JSONBody[ChangeEmployee]
) -> Employee:
    await service.change_employee(request.user, employee_id, data)
    return await queries.employee(request.user, employee_id)


@post("/api/socket-tickets", operation_id="openFeed")
async def open_feed(request: WakeRequest) -> SocketTicket:
    return SocketTicket(hub.ticket(request.user.employee, feed_topics(request.user)))


def feed_topics(principal: Principal) -> list[str]:
    """What a person's feed listens to: themselves, their org, and every unit that contains them."""
    units = [f"unit:{unit}" for unit in principal.unit_path]
    return [f"person:{principal.employee}", f"org:{principal.org}", *units]


router = Router(
    "/",
    route_handlers=[
        log_in,
        log_out,
        log_out_everywhere,
        me,
        change_me,
        change_password,
        units,
        employees,
        change_employee,
        open_feed,
    ],
)
