"""pgrls on the migrated schema, squawk on every revision's SQL: no finding but those that lint.yaml excuses."""

import json
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from app import schema
from app.embedded import Server
from tests.conftest import Raw, dsn

EXCUSED: dict[str, list[dict[str, str]]] = yaml.safe_load((schema.MIGRATIONS / "lint.yaml").read_text("utf-8"))
Finding = tuple[str, str]


def program(name: str, *arguments: str) -> Any:
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def unexcused(tool: str, findings: Iterable[Finding]) -> tuple[list[Finding], list[dict[str, str]]]:
    """The findings that nothing excuses, and the excuses that no finding needs."""
    excuses = EXCUSED[tool]

    def covers(excuse: dict[str, str], finding: Finding) -> bool:
        return excuse["rule"] == finding[0] and fnmatchcase(finding[1], excuse["at"])

    found = list(findings)
    open_ = [each for each in found if not any(covers(excuse, each) for excuse in excuses)]
    return open_, [excuse for excuse in excuses if not any(covers(excuse, each) for each in found)]


def test_the_migrated_schema_is_clean(server: Server) -> None:
    url = dsn(server.superuser_url).rsplit("/", 1)[0] + "/referral"
    said = program("pgrls", "lint", "--database-url", url, "--schemas", "public,access", "--format", "json")
    assert unexcused("pgrls", ((each["rule_id"], each["location"]) for each in said["violations"])) == ([], [])


def test_every_revision_is_clean(tmp_path: Path) -> None:
    """Each by itself, as it meets a database of the revision before; a later one may not lean on the tables it made."""
    files = {tmp_path / f"{name}.sql": sql for name, sql in schema.scripts()}
    for file, sql in files.items():
        file.write_text(sql, "utf-8")
    options = ("--reporter", "json", "--assume-in-transaction", "--pg-version", "16")
    said = program("squawk", *options, *map(str, files))
    findings = ((each["rule_name"], Path(each["file"]).stem) for each in said)
    assert unexcused("squawk", findings) == ([], [])


async def test_no_policy_is_widened_by_another_or_open_but_to_updates(raw: Raw) -> None:
    """What the excuses of SEC007 and SEC008 rest on; and every policy speaks to the service's login alone."""
    policies = await raw.all.fetch(
        "select tablename, policyname, permissive, cmd, qual, roles from pg_policies where schemaname = 'public'"
    )
    pairs = [(policy["tablename"], policy["cmd"]) for policy in policies if policy["permissive"] == "PERMISSIVE"]
    assert len(set(pairs)) == len(pairs)
    assert {policy["cmd"] for policy in policies if policy["qual"] == "true"} <= {"UPDATE"}
    assert {tuple(policy["roles"]) for policy in policies} == {("app_api",)}
