"""The rules of the house, read off the source: sizes, who may say what, and that nothing belongs to one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FUNCTION = 40
LONGEST_FILE = 300
FOLDERS = ("app", "migrations", "benchmarks", "campaigns", "tests")
GENERATED = ("migrations/versions/", "app/client/contract/")


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(GENERATED):
                yield name, path.read_text("utf-8")


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.name} ({node.end_lineno - node.lineno + 1})"
        for name, source in sources(*FOLDERS)
        for node in functions(source)
        if node.end_lineno and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_no_file_is_longer_than_one_thought() -> None:
    long = [f"{n} ({s.count(chr(10))})" for n, s in sources(*FOLDERS) if s.count("\n") > LONGEST_FILE]
    assert not long


def test_every_module_says_what_it_decides() -> None:
    silent = [name for name, source in sources("app") if source.strip() and not ast.get_docstring(ast.parse(source))]
    assert not silent


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\b(row|case|referral|verification)\.status = ", ()),
        (r"values\(status=", ("app/lifecycles.py",)),
        (r"\bcommit\b\"|\.commit\(", ("app/db.py",)),
        (r"^(from|import) jose", ("app/auth/keys.py", "app/auth/tokens.py")),
        (r"\bjwe\b", ()),
        (r"BaseHTTPMiddleware\)", ()),
    ],
)
def test_some_things_are_said_in_one_place_only(pattern: str, allowed: tuple[str, ...]) -> None:
    found = {name for name, source in sources("app") if re.search(pattern, source, re.M)}
    assert found <= set(allowed)


def test_the_law_is_data_not_an_if() -> None:
    """No branch on a calendar date anywhere in the service."""
    branches = [
        f"{name}:{node.lineno}"
        for name, source in sources("app")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare) and re.search(r"date\(\s*20\d\d", ast.unparse(node))
    ]
    assert not branches


def test_nothing_belongs_to_one_machine() -> None:
    """Paths of a machine, the folder beside the project and registries' hosts are in no committed file."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    foreign = re.compile(r"/work/|/root/|/home/\w|files\.pythonhosted|pypi\.org/simple|registry\.npmjs")
    found = []
    for name in listed.stdout.decode().splitlines():
        path = ROOT / name
        if path.is_file() and path != Path(__file__) and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode("utf-8", "ignore")
            if foreign.search(text) or (name.startswith(("app/", "migrations/", "openapi/")) and "../shared" in text):
                found.append(name)
    assert not found
