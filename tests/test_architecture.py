"""The rules of the house that no linter knows, read from the syntax trees of whatever is there.

Every test lists its offenders as `file:line`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
WRITES_A_TRACE = re.compile(
    r"\b(insert\s+into|update|delete\s+from|truncate|copy)\s+(only\s+|table\s+)?\"?trace\"?\b", re.IGNORECASE
)
IMPURE = re.compile(
    r"(asyncio|asyncpg|httpx|io|logging|os|pathlib|random|redis|secrets|socket|subprocess|time|piccolo|litestar|pgqueuer"
    r"|backend\.record|backend\.kit\.(clock|db|jobs|redis|settings|hub))(\.|$)"
)
IMPURE_CALLS = {"open", "print", "input", "now", "today", "utcnow"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)


def sources(*folders: str, name: str = "*.py") -> list[Path]:
    """Every Python file below these folders; the history of the schema is no reading matter."""
    found = (path for folder in folders for path in (ROOT / folder).rglob(name))
    return sorted(path for path in found if path.parent.name != "migrations")


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Every node of a file's syntax tree, read once."""
    return list(ast.walk(ast.parse(path.read_text(), str(path))))


def at(path: Path, node: ast.AST) -> str:
    """Say where."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names an import statement brings in, modules and members."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    if isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{name.name}" for name in node.names)


def called(node: ast.AST) -> str:
    """The last name of what is called; empty for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def test_files_are_small() -> None:
    """A file fits in the head."""
    lengths = {path.relative_to(ROOT): path.read_text().count("\n") for path in sources("backend", "media", "tests")}
    assert not {str(path): length for path, length in lengths.items() if length > LONGEST_FILE}


def test_functions_are_small() -> None:
    """A function fits on the screen."""
    assert not [
        at(path, node)
        for path in sources("backend", "media", "tests")
        for node in nodes(path)
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]


def test_imports_stand_at_the_top() -> None:
    """What a module needs is seen on its first lines, by people and by import-linter."""
    assert not [
        at(path, inner)
        for path in sources("backend", "media", "tests")
        for node in nodes(path)
        if isinstance(node, FUNCTIONS)
        for inner in ast.walk(node)
        if isinstance(inner, IMPORTS)
    ]


def test_nothing_is_imported_for_types_only() -> None:
    """A cycle hidden from the interpreter is still a cycle."""
    assert not [
        at(path, node)
        for path in sources("backend", "media", "tests")
        for node in nodes(path)
        if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"
    ]


def test_rules_are_pure() -> None:
    """Rules decide from what they are given: no I/O, no clock, no settings, nothing to wait for."""
    assert not [
        at(path, node)
        for path in sources("backend", "media", name="rules.py")
        for node in nodes(path)
        if any(IMPURE.match(name) for name in imported(node))
        or called(node) in IMPURE_CALLS
        or isinstance(node, ast.AsyncFunctionDef)
    ]


def test_only_record_writes_traces() -> None:
    """One road in: nobody else has the words for it."""
    assert not [
        at(path, node)
        for path in sources("backend", "media")
        if path != ROOT / "backend/record.py" and not path.is_relative_to(ROOT / "backend/traces")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES_A_TRACE.search(node.value)
    ]


def test_columns_state_their_default() -> None:
    """Piccolo stores '' or 0 for what was forgotten, unless the column says otherwise."""
    assert not [
        at(path, statement)
        for path in sources("backend", name="tables.py")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
        if "default" not in {word.arg for word in statement.value.keywords}
    ]
