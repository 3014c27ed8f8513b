"""Every operation of the contract can be called as the contract says, and the package stands alone."""

import ast
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints
from uuid import uuid4

import pytest

from app.client import Request, api, problems, types
from app.problems import CATALOGUE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "app" / "client"
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi" / "openapi.json").read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
BY_CLIENT = {"Acting-Officer", "Purpose-Of-Use", "Idempotency-Key"}
HEADERS = {"if-none-match", "last-event-id"}
"""Names of headers know no case, and the contract has some in lower case."""

BY_CORE = {"DPoP", "Accept-Language", "validate_only"}


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    shared = DOCUMENT["components"]["parameters"]
    stated = [shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation["parameters"]]
    return [each | {"name": each["name"].title()} if each["name"] in HEADERS else each for each in stated]


def example(operation: dict[str, Any]) -> Any:
    content = operation["requestBody"]["content"]
    media = next(iter(content.values()))
    if "examples" not in media:
        schema = media["schema"]
        return {"token": "t"} if schema.get("type") == "object" else b"file"
    shown = media["examples"]["vi"]
    return shown["value"] if isinstance(shown.get("value"), dict) else b"file"


def made(operation_id: str) -> Request[Any]:
    """The request of this operation, with a value for all that it takes."""
    _, _, operation = OPERATIONS[operation_id]
    function = getattr(api, operation_id)
    values: dict[str, Any] = {name: f"<{name}>" for name in inspect.signature(function).parameters}
    if "body" in values:
        values["body"] = example(operation)
    request: Request[Any] = function(**values)
    return request


def test_there_is_a_function_for_each_operation_and_no_other() -> None:
    functions = {
        name
        for name, value in vars(api).items()
        if inspect.isfunction(value) and value.__module__ == api.__name__ and not name.startswith("_")
    }
    assert functions == set(OPERATIONS)
    assert len(functions) > 200


@pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
def test_an_operation_is_called_as_the_contract_says(operation_id: str) -> None:
    method, path, operation = OPERATIONS[operation_id]
    request = made(operation_id)
    assert (request.method, request.path) == (method, re.sub(r"\{(\w+)\}", r"%3C\1%3E", path))
    asked = {(each["in"], each["name"]) for each in parameters(operation)}
    named = {name for place, name in asked if place == "header"}
    assert request.asks == named & BY_CLIENT
    assert set(request.headers) == named - BY_CLIENT - BY_CORE
    assert set(request.query) == {name for place, name in asked if place == "query"} - BY_CORE
    assert ("requestBody" in operation) == (request.content is not None)
    accepted = {int(status) for status in operation["responses"] if status.startswith("2")}
    assert request.statuses == (accepted - {200} if 201 in accepted else accepted)
    assert request.public == (not operation.get("security"))
    required = {each["name"] for each in parameters(operation) if each.get("required") and each["in"] == "query"}
    optional = inspect.signature(getattr(api, operation_id)).parameters.values()
    assert not required & {each.name for each in optional if each.default is None}


def test_every_function_says_what_it_answers() -> None:
    for operation_id in OPERATIONS:
        assert "Any" not in str(get_type_hints(getattr(api, operation_id))["return"]), operation_id


def test_there_is_an_exception_for_each_problem() -> None:
    for code in CATALOGUE:
        kind = getattr(problems, "".join(word.capitalize() for word in code.split("_")))
        assert kind.code == code


def test_every_member_of_a_schema_is_in_its_type() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        kind = getattr(types, "".join(part[0].upper() + part[1:] for part in name.replace("_", ".").split(".")), None)
        if kind is not None and "properties" in schema:
            assert set(schema["properties"]) == set(kind.__annotations__), name


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_id_cannot_lead_to_another_path(value: str) -> None:
    with pytest.raises(ValueError, match="path segment"):
        api.get_cases_case_id(value)
    assert api.get_cases_case_id("a/../b?c#d").path == "/v1/cases/a%2F..%2Fb%3Fc%23d"
    assert api.get_cases_case_id(uuid4()).path.count("/") == 3


def test_the_package_imports_only_what_it_says() -> None:
    allowed = set(sys.stdlib_module_names) | {"httpx", "cryptography"}
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path.name
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert str(node.module).split(".")[0] in allowed, path.name


def test_the_folder_works_under_another_name_and_without_the_service(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "referral_client")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from referral_client import Client, Key, UnreachableError, Retries, api\n"
        "client = Client('http://127.0.0.1:9', 'x', Key.generate(), retries=Retries(tries=1))\n"
        "try: client.send(api.get_me())\n"
        "except UnreachableError as error: print(type(error).__module__)\n"
        "assert not [name for name in sys.modules if name == 'app' or name.startswith('app.')]\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr) == ("referral_client.errors\n", "")
    assert (tmp_path / "referral_client" / "py.typed").exists()
