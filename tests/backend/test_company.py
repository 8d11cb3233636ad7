"""`wake company` and `wake people import` as an operator meets them: real processes over an empty database."""

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from backend.kit import db
from backend.kit.settings import Settings
from backend.people import rules

PASSWORD = "correct horse battery"
HEADING = "number,name,unit,position,level,hired,zone,language\n"
ANNA = "w001,Anna,航迹/East/Service,Agent,P4,2025-03-01,Asia/Shanghai,zh\n"
BEN = "w002,Ben,航迹/East,Lead,P6,2024-01-08,Europe/Berlin,en\n"


class Wake:
    """Runs commands of `wake`."""

    def __init__(self, settings: Settings) -> None:
        told = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "WAKE_SECRET": "-" * 32}
        self.environ = told | {"WAKE_MEDIA_SECRET": "-" * 32}

    def __call__(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        command = [sys.executable, "-m", "backend", *words]
        done = subprocess.run(command, env=self.environ, input=typed, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def company(self, name: str, number: str, *more: str, typed: str = PASSWORD + "\n") -> tuple[int, str, str]:
        return self("company", name, "--admin", number, "--name", "Ada", *more, typed=typed)

    def imported(self, file: Path, text: str, *more: str) -> tuple[int, dict[str, str], str]:
        """Exit code, the passwords by number, and standard error."""
        file.write_text(text)
        code, out, err = self("people", "import", str(file), *more)
        return code, {row["number"]: row["password"] for row in csv.DictReader(out.splitlines())}, err


@pytest.fixture(scope="module")
def wake(settings: Settings) -> Wake:
    return Wake(settings)


async def log_in(client: httpx.AsyncClient, number: str, password: str) -> httpx.Response:
    return await client.post("/api/login", json={"employeeNumber": number, "password": password})


async def counts() -> tuple[int, ...]:
    row = await db.fetchrow(
        "select (select count(*) from org), (select count(*) from unit), (select count(*) from employee),"
        " (select count(*) from role_grant)"
    )
    assert row is not None
    return tuple(row)


async def test_an_empty_installation_is_founded_entered_and_peopled(
    wake: Wake, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    assert wake.imported(roster, HEADING + ANNA) == (1, {}, "there is no company yet: see `wake company`\n")
    code, out, err = wake.company("航迹", "a001", "--zone", "Asia/Tokyo")
    assert (code, err) == (0, "")
    assert out == "航迹 (company) is there; Ada may log in as a001\n"
    me = (await log_in(client, "A001", PASSWORD)).json()
    assert (me["name"], me["path"], me["zone"], me["canAdminister"]) == ("Ada", ["航迹"], "Asia/Tokyo", True)

    code, passwords, err = wake.imported(roster, "\ufeff" + HEADING + ANNA + "\n" + BEN)
    assert code == 0
    assert err == "made the unit 航迹/East\nmade the unit 航迹/East/Service\n2 new, 0 changed, 0 as before\n"
    assert list(passwords) == ["w001", "w002"]
    anna = (await log_in(client, "w001", passwords["w001"])).json()
    assert (anna["path"], anna["position"], anna["hiredOn"]) == (["航迹", "East", "Service"], "Agent", "2025-03-01")
    assert not anna["canAdminister"]
    assert (await log_in(client, "w002", passwords["w001"])).status_code == 401

    before = await counts()
    assert wake.imported(roster, HEADING + ANNA + BEN) == (0, {}, "0 new, 0 changed, 2 as before\n")
    moved = BEN.replace("w002", "W002").replace("East", "West")
    assert wake.imported(roster, HEADING + moved) == (0, {}, "made the unit 航迹/West\n0 new, 1 changed, 0 as before\n")
    assert await counts() == (before[0], before[1] + 1, *before[2:])
    assert (await log_in(client, "w002", passwords["w002"])).json()["path"] == ["航迹", "West"]


@pytest.mark.usefixtures("app")
async def test_one_bad_line_and_nothing_is_written_but_every_reason(wake: Wake, tmp_path: Path) -> None:
    wake.company("航迹", "a001")
    await db.execute("update employee set status = 'left' where number = 'a001'")
    before = await counts()
    good = "n001,Nina,航迹/New,Agent,,2025-03-01,Asia/Shanghai,zh\n"
    bad = [
        "n002,,航迹//x,Agent,P4,March,Mars/Base,fr\n",
        "n003,Nora,Elsewhere/New,Agent,P4,2025-03-01,Asia/Shanghai,zh\n",
        "N001,Nina,航迹/New,Agent,,2025-03-01,Asia/Shanghai,zh\n",
        "n004,too short\n",
        "a001,Ada,航迹,,,2025-03-01,Asia/Shanghai,zh\n",
    ]
    code, passwords, err = wake.imported(tmp_path / "roster.csv", HEADING + good + "".join(bad))
    assert (code, passwords) == (1, {})
    assert err.splitlines() == [
        "line 3: cannot use this hired (a date like 2026-11-23)",
        "line 3: cannot use this language (zh or en)",
        "line 3: cannot use this name",
        "line 3: cannot use this unit (names from the top, with / between)",
        "line 3: cannot use this zone (a time zone like Asia/Shanghai)",
        "line 4: the unit begins with 'Elsewhere', not with '航迹'",
        "line 5: the number 'N001' stands in line 2 already",
        "line 6: 2 cells instead of 8",
        "line 7: 'a001' has left the company; bring them back first",
    ]
    assert await counts() == before
    await db.execute("update employee set status = 'regular' where number = 'a001'")


async def test_a_file_that_is_no_roster_is_refused(wake: Wake, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    assert wake.imported(file, "name,number\n")[2] == f"line 1: the columns must be {HEADING}"
    assert wake.imported(file, "")[0] == 1
    file.write_bytes((HEADING + ANNA).encode("gbk"))
    assert wake("people", "import", str(file))[2] == f"{file} is not in UTF-8: save it as “CSV UTF-8”\n"
    assert "cannot be read" in wake("people", "import", str(tmp_path / "none.csv"))[2]


@pytest.mark.usefixtures("app")
async def test_what_is_taken_or_cannot_be_is_refused_with_a_sentence(wake: Wake, tmp_path: Path) -> None:
    wake.company("航迹", "a001")
    before = await counts()
    code, _, err = wake.company("公司", "A001")
    assert (code, len(err.splitlines())) == (1, 2)
    assert "there is a company 'company' already; give this one another --slug" in err
    assert "the number 'A001' is somebody's already; give the admin another one" in err
    assert wake.company("B", "b001", "--zone", "Mars/Base")[2] == "there is no time zone 'Mars/Base'\n"
    assert "not made of a-z" in wake.company("B", "b001", "--slug", "B & Co")[2]
    assert "the company's name" in wake.company(" ", "b001")[2]
    for typed in ("", "short\n", "12345678\n", "password\n", "aaaaaaaab\n", "i am ada b001\n", "x" * 257):
        code, _, err = wake.company("B", "b001", typed=typed)
        assert code == 1
        assert err.startswith("the password")
    assert await counts() == before
    assert wake.company("Beacon & Co.", "b001")[1] == "Beacon & Co. (beacon-co) is there; Ada may log in as b001\n"
    text = HEADING + ANNA.replace("航迹", "Beacon & Co.").replace("w0", "z0")
    assert "say which company by --company: beacon-co, company" in wake.imported(tmp_path / "roster.csv", text)[2]
    assert list(wake.imported(tmp_path / "roster.csv", text, "--company", "beacon-co")[1]) == ["z001"]


@pytest.mark.parametrize(("again", "said"), [(PASSWORD, "is there"), ("another horse", "the two passwords differ")])
@pytest.mark.usefixtures("app")
def test_on_a_terminal_the_password_is_asked_twice_and_not_shown(wake: Wake, again: str, said: str) -> None:
    number = f"t{len(again)}"
    words = ("company", number, "--admin", number, "--name", "Ada")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", *words],
        env=wake.environ, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    for awaited, typed in ((b"Password: ", PASSWORD), (b"Again: ", again), (said.encode(), "")):
        while awaited not in shown:
            shown += os.read(ours, 1024)
        os.write(ours, f"{typed}\n".encode())
    assert process.wait(20) == (0 if again == PASSWORD else 1)
    os.close(ours)
    assert PASSWORD.encode() not in shown


def test_a_name_makes_a_slug() -> None:
    assert [rules.slug(name) for name in ("Müller & Söhne", "航迹", "Wake 航迹", "--")] == [
        "muller-sohne",
        "company",
        "wake",
        "company",
    ]
