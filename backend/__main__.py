"""`wake`: the commands of the backend."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import msgspec

from backend.kit.settings import SettingsFault

# The words after its name and the environment; answers the exit code.
Command = Callable[[Sequence[str], Mapping[str, str]], int]

# Each command lives with what it commands and is imported only when asked for: `wake serve` need not load Litestar.
COMMANDS = {
    "serve": ("backend.supervisor.run:main", "run everything on this machine (what `make run` does)"),
    "backend": ("backend.supervisor.web:main", "run the web process"),
    "worker": ("backend.worker:main", "run the jobs"),
    "migrate": ("backend.kit.migrate:main", "bring the database to the newest schema"),
    "company": ("backend.people.commands:company", "NAME --admin NUMBER --name PERSON: make a company and its admin"),
    "people": ("backend.people.commands:people", "import FILE.csv: bring employees in, print their first passwords"),
    "demo": ("backend.demo:main", "make the demo company"),
    "rebuild": ("backend.commands:rebuild", "make every projection again from the traces"),
    "verify": ("backend.commands:verify", "prove that the traces are unaltered and the projections theirs"),
    "openapi": ("backend.contract:main", "print the contract the app's client is generated from"),
    "attendance": ("backend.commands:attendance", "recompute FILE | export SESSION: attendance from the record"),
}


def usage() -> str:
    """List the commands."""
    width = max(map(len, COMMANDS))
    lines = (f"  {name:{width}}  {what}" for name, (_, what) in COMMANDS.items())
    return "\n".join(["usage: wake COMMAND …", "", *lines])


def environment() -> Mapping[str, str]:
    """Read the environment; without a database in it, that of the `wake serve` whose data folder this is."""
    kept = Path(os.environ.get("WAKE_DATA") or ".wake") / "environment.json"
    if os.environ.get("DATABASE_URL") or not kept.exists():
        return os.environ
    return os.environ | msgspec.json.decode(kept.read_bytes(), type=dict[str, str])


def main() -> int:
    """Run the command named on the command line; answers its exit code."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in COMMANDS:
        print(usage(), file=sys.stderr if name else sys.stdout)
        return 2 if name else 0
    module, function = COMMANDS[name][0].split(":")
    command = cast(Command, getattr(import_module(module), function))
    try:
        return command(arguments, os.environ if name == "serve" else environment())
    except SettingsFault as fault:
        print(*fault.faults, sep="\n", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
