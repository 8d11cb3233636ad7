"""Ten thousand employees check in over real HTTP, to a real uvicorn over PostgreSQL that keeps its promises."""

from backend.kit import db, tokens
from backend.kit.settings import Settings
from tests.bench.bench_checkin import check_in
from tests.bench.load import load
from tests.bench.served import migrated, served, stores
from tests.make import make_employee, make_org, make_unit
from tests.rebuild import assert_rebuild_equals_live

MANY = 10_000
CONNECTIONS = 200
AGAIN = 500


async def test_ten_thousand_employees_check_in_without_an_error_and_once() -> None:
    with stores() as environment:
        tokens.use(environment["WAKE_SECRET"])
        await migrated(environment)
        await db.open_pool(Settings.load(environment))
        unit = await make_unit(await make_org())
        async with db.transaction():
            people = [await make_employee(unit) for _ in range(MANY)]
        taps = [check_in(person) for person in people]
        async with served(environment, "/api/health", "backend", "backend") as server:
            first = await load(server.port, taps, CONNECTIONS)
            again = await load(server.port, taps[:AGAIN], CONNECTIONS)
        assert first.statuses == {201: MANY}, first.faulty[:1]
        assert again.statuses == {201: AGAIN}, again.faulty[:1]
        assert await db.fetchval("select count(*) from trace") == MANY
        assert await db.fetchval("select count(distinct employee) from point_entry") == MANY
        assert await db.fetchval("select sum(amount) from point_balance") == 10 * MANY
        assert await db.fetchval("select count(*) from streak where streak = 1") == MANY
        await assert_rebuild_equals_live()
        await db.close_pool()
