"""`wake openapi`: the contract that the app's client is generated from."""

import json
import sys
from collections.abc import Mapping, Sequence

from backend.app import create_app
from backend.kit.settings import Settings

# The contract does not depend on where things run; nothing is connected to.
_NOWHERE = {
    "DATABASE_URL": "postgresql://nowhere",
    "REDIS_URL": "redis://nowhere",
    "WAKE_SECRET": "-" * 32,
    "WAKE_MEDIA_SECRET": "-" * 32,
}


def document() -> str:
    """OpenAPI 3.1 as JSON text, the same for the same code."""
    app = create_app(Settings.load(_NOWHERE))
    return json.dumps(app.litestar.openapi_schema.to_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(_arguments: Sequence[str], _environ: Mapping[str, str]) -> int:
    """Print it: `wake openapi > pwa/openapi.json`, then `npm run api` in pwa/."""
    sys.stdout.write(document())
    return 0
