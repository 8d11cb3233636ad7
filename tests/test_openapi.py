"""The contract between backend and app stands in one file, and the app's client is generated from it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from backend import contract
from backend.kit.problems import MEDIA_TYPE

PWA = Path(__file__).parent.parent / "pwa"
KEPT = PWA / "openapi.json"
PROBLEMS = Path(__file__).parent / "golden/problems.json"
CLIENT = PWA / "src/lib/api/generated"


def test_the_contract_is_the_app_s() -> None:
    """Changed on purpose? `wake openapi > pwa/openapi.json`, then `npm run api` in pwa/."""
    assert KEPT.read_text() == contract.document()


def test_every_route_documents_its_problems() -> None:
    """What follows from its shape; what it declares besides, the backend's tests meet (tests/backend/contracted.py)."""
    for path, item in json.loads(KEPT.read_text())["paths"].items():
        for method, told in item.items():
            answers, inputs = told["responses"], told.get("parameters", [])
            expected = {
                "401": told["operationId"] != "health",
                "403": method != "get",
                "404": "{" in path,
                "413": "requestBody" in told,
                "422": "requestBody" in told or any(each["in"] == "query" for each in inputs),
                "default": True,
            }
            missing = {status for status, wanted in expected.items() if wanted} - answers.keys()
            assert not missing, (method, path, missing)
            problems = [answers[status] for status in answers if not status.startswith("2")]
            assert {media for each in problems for media in each["content"]} == {MEDIA_TYPE}, (method, path)


def test_the_client_is_generated_from_it(tmp_path: Path) -> None:
    """Nobody edits what a program wrote. Needs the app's packages, which `make check` installs."""
    copy = tmp_path / "pwa"
    copy.mkdir()
    for name in ("package.json", "openapi.json", "openapi-ts.config.ts", "tsconfig.json"):
        shutil.copy(PWA / name, copy / name)
    (copy / "node_modules").symlink_to(PWA / "node_modules")
    generated = copy / "src/lib/api/generated"
    generated.mkdir(parents=True)
    outcome = subprocess.run(["npm", "run", "api", "--silent"], cwd=copy, capture_output=True, check=False)
    assert outcome.returncode == 0, outcome.stderr.decode()
    written = {str(file.relative_to(generated)): file.read_text() for file in generated.rglob("*.ts")}
    kept = {str(file.relative_to(CLIENT)): file.read_text() for file in CLIENT.rglob("*.ts")}
    assert written == kept


def test_the_app_has_a_sentence_for_each_problem() -> None:
    """In Chinese; that English has the same keys, the app's own tests prove."""
    names = {kind.removeprefix("/problems/") for kind in json.loads(PROBLEMS.read_text())}
    catalogue = (PWA / "src/lib/i18n/zh/problems.ts").read_text()
    assert names <= set(re.findall(r"^ +'?([a-z-]+)'?:", catalogue, re.MULTILINE))
