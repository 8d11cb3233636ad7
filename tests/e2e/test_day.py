"""An employee's day on a phone: log in, check in (also without network), take a lesson."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import OpenPhone
from tests.expect import eventually
from tests.house import DEMO_PASSWORD, Colleague, House


async def test_an_employee_logs_in(house: House, phone: OpenPhone) -> None:
    """Number and password lead to the home screen; a wrong password is said in words."""
    page = await phone("bob")
    await page.context.clear_cookies()
    await page.goto("/login")
    number, password = page.get_by_label("工号"), page.get_by_label("密码", exact=True)
    await number.fill("bob")
    await password.fill("not it")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await password.fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("林晓")


async def test_a_check_in_without_network_is_credited_once(house: House, phone: OpenPhone) -> None:
    """One tap offline; synced later, by itself, once; a reload in between loses nothing."""
    page = await phone("carol")
    await page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    await page.reload()
    async with Colleague(house, "carol") as carol:
        before = await carol.total()
        card = page.get_by_role("region", name="打卡")
        await expect(card.get_by_role("button", name="打卡", exact=True)).to_be_visible()
        await page.context.set_offline(True)
        await card.get_by_role("button", name="打卡", exact=True).click()
        if (await carol.get("/api/check-ins/today"))["question"]:
            await page.get_by_role("dialog").get_by_role("button").last.click()
        await expect(page.get_by_text(re.compile("待同步")).first).to_be_visible()
        assert await carol.total() == before
        await page.context.set_offline(False)

        async def credited() -> bool:
            return await carol.total() == before + 10

        await eventually("the check-in is credited", credited, 15)
        await page.reload()
        await expect(card).to_contain_text("已打卡")
        status = await carol.get("/api/check-ins/today")
        assert status["done"]
        assert await carol.total() == before + 10


async def test_a_lesson_is_resumed_at_its_card_and_credited(house: House, phone: OpenPhone) -> None:
    """Begun on one phone, finished on another; points once."""
    async with Colleague(house, "carol") as carol:
        lessons = await carol.get("/api/lessons")
        lesson = next(one for one in lessons if one["progress"]["state"] == "new")
        before = await carol.total()
        first = await phone("carol", f"/learn/{lesson['id']}")
        await forward(first)
        await expect(first.get_by_test_id("place")).to_have_text(f"2/{lesson['cards']}")

        async def kept() -> bool:
            progress = (await carol.get(f"/api/lessons/{lesson['id']}"))["progress"]
            return bool(progress["state"] == "started" and progress["card"] == 1)

        await eventually("the progress is kept", kept, 10)
        second = await phone("carol", f"/learn/{lesson['id']}")
        await expect(second.get_by_test_id("place")).to_have_text(f"2/{lesson['cards']}")
        for _ in range(lesson["cards"] - 1):
            await forward(second)
        await expect(second.get_by_test_id("done")).to_be_visible()

        async def credited() -> bool:
            return await carol.total() == before + int(lesson["points"])

        await eventually("the lesson is credited", credited, 10)


async def forward(page: Page) -> None:
    """Answer the card when it asks something, then go on."""
    card = page.locator("section:not([inert])")
    button = page.get_by_test_id("forward")
    if await button.is_disabled():
        options = card.get_by_test_id("option")
        if await options.count():
            await options.first.click()
        check = card.get_by_role("button", name="确认答案")
        if await check.count():
            await check.click()
    await button.click()
