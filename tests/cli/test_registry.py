"""Organisations and clients by command line: what is registered takes effect on a running service, and is audited."""

import json
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from app.auth.keys import SigningKey, generate, signing_key
from app.cli.folder import key_path
from app.oauth.assertions import fetch_token, make_assertion, token_form
from tests.cli.conftest import Run
from tests.running import Demo

NGO = "57d2a6f3-e481-8097-bc5e-16a8f0d94b07"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def fresh_key(tmp_path: Path) -> tuple[SigningKey, Path]:
    key = signing_key(generate())
    file = tmp_path / f"{key.kid}.jwk"
    file.write_text(json.dumps(dict(key.public)))
    return key, file


def token(demo: Demo, client: str, key: SigningKey) -> str:
    return fetch_token(demo.url, make_assertion(client, key, demo.url, time.time()))


def ask(demo: Demo, bearer: str, path: str) -> httpx.Response:
    why = {"Acting-Officer": "officer.test", "Purpose-Of-Use": "oversight_review"}
    return httpx.get(f"{demo.url}{path}", headers={"Authorization": f"Bearer {bearer}", **why})


def audited(demo: Demo, event: str) -> list[dict[str, object]]:
    key = signing_key(key_path(demo.data, "demo-oversight").read_bytes())
    entries: list[dict[str, object]] = ask(
        demo, token(demo, "demo-oversight", key), f"/v1/audit-events?event={event}"
    ).json()["items"]
    return entries


@pytest.fixture
def added(demo: Demo, run: Run, tmp_path: Path) -> tuple[str, SigningKey]:
    """A client of the association that may hold tokens bound to nothing, and its key."""
    client, (key, file) = f"ngo-{uuid4().hex[:8]}", fresh_key(tmp_path)
    options = ("--organisation", NGO, "--jwk", file, "--bearer", "--data", demo.data)
    result = run("client", "add", "--id", client, *options)
    assert result.exit_code == 0, result.output
    return client, key


def test_an_added_client_can_call_at_once_with_all_scopes_of_its_agency(
    demo: Demo, added: tuple[str, SigningKey]
) -> None:
    me = ask(demo, token(demo, *added), "/v1/me").json()
    assert (me["client_id"], me["mode"]) == (added[0], "test")
    assert "ngo:referral.respond" in me["scopes"]
    assert added[0] in [entry["facts"]["client"] for entry in audited(demo, "client.added")]  # type: ignore[index]


def test_a_client_may_be_given_fewer_scopes_but_none_outside_its_agency(demo: Demo, run: Run, tmp_path: Path) -> None:
    key, file = fresh_key(tmp_path)
    options = ("--organisation", NGO, "--jwk", file, "--bearer", "--data", demo.data)
    refused = run("client", "add", "--id", "too-wide", *options, "--scope", "ngo:verification.decide")
    assert refused.exit_code == 2
    assert "verification.decide" in refused.stderr
    assert run("client", "add", "--id", "narrow", *options, "--scope", "ngo:intake.write").exit_code == 0
    assert ask(demo, token(demo, "narrow", key), "/v1/me").json()["scopes"] == ["ngo:intake.write"]


def test_a_client_must_prove_its_key_unless_it_is_registered_otherwise(demo: Demo, run: Run, tmp_path: Path) -> None:
    key, file = fresh_key(tmp_path)
    options = ("--organisation", NGO, "--jwk", file, "--data", demo.data)
    assert run("client", "add", "--id", "bound", *options).exit_code == 0
    form = token_form(make_assertion("bound", key, demo.url, time.time()))
    refused = httpx.post(f"{demo.url}/oauth/token", data=form)
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_dpop_proof"})
    listed = {line.split()[0]: line for line in run("client", "list", "--data", demo.data).stdout.splitlines() if line}
    assert "DPoP" in listed["bound"]
    assert "Bearer" in listed["demo-ngo"]
    assert "--bearer" in run("client", "add", "--help").stdout


def test_a_disabled_client_gets_no_token_and_its_old_one_dies_within_seconds(
    demo: Demo, run: Run, added: tuple[str, SigningKey]
) -> None:
    old = token(demo, *added)
    assert run("client", "disable", added[0], "--data", demo.data).exit_code == 0
    deadline = time.monotonic() + 6
    while ask(demo, old, "/v1/me").status_code == 200 and time.monotonic() < deadline:
        pass
    assert ask(demo, old, "/v1/me").status_code == 401
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        token(demo, *added)
    assert added[0] in [entry["facts"]["client"] for entry in audited(demo, "client.disabled")]  # type: ignore[index]


def test_a_rotated_key_works_beside_the_old_one_unless_that_one_leaked(
    demo: Demo, run: Run, added: tuple[str, SigningKey], tmp_path: Path
) -> None:
    client, first = added
    (second, second_file), (third, third_file) = fresh_key(tmp_path), fresh_key(tmp_path)
    assert run("client", "rotate", client, "--jwk", second_file, "--data", demo.data).exit_code == 0
    assert token(demo, client, first)
    assert token(demo, client, second)
    leaked = ("--overlap-hours", "0", "--data", demo.data)
    assert run("client", "rotate", client, "--jwk", third_file, *leaked).exit_code == 0
    assert token(demo, client, third)
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        token(demo, client, second)
    assert run("client", "rotate", client, "--jwk", second_file, *leaked).exit_code == 2


def test_a_private_key_is_not_accepted(demo: Demo, run: Run, tmp_path: Path) -> None:
    key, file = fresh_key(tmp_path)
    file.write_text(json.dumps({**key.public, "d": "AAAA"}))
    result = run("client", "add", "--id", "leaky", "--organisation", NGO, "--jwk", file, "--data", demo.data)
    assert result.exit_code == 2
    assert "private" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("client", "disable", "nobody"),
        ("client", "add", "--id", "demo-ngo", "--organisation", NGO, "--jwk", "{jwk}"),
        ("client", "add", "--id", "UPPER", "--organisation", NGO, "--jwk", "{jwk}"),
        ("client", "add", "--id", "homeless", "--organisation", UNKNOWN, "--jwk", "{jwk}"),
        ("organisations", "add", "--agency", "ngo", "--name-vi", "Hội", "--name-en", "A", "--province", "00"),
        ("organisations", "add", "--agency", "ngo", "--name-vi", "Hội", "--name-en", "A", "--supervised-by", UNKNOWN),
        ("organisations", "change", UNKNOWN, "--status", "disabled"),
        ("organisations", "change", NGO, "--name-vi", "Hội Cũ", "--since", "2001-01-01"),
    ],
)
def test_what_the_registry_cannot_hold_is_refused(demo: Demo, run: Run, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    _, file = fresh_key(tmp_path)
    result = run(*(str(file) if argument == "{jwk}" else argument for argument in wrong), "--data", demo.data)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_an_added_organisation_stands_in_the_directory_under_the_name_it_bears_today(demo: Demo, run: Run) -> None:
    names = ("--name-vi", "Đoàn Luật sư tỉnh Lào Cai", "--name-en", "Lao Cai Bar Association")
    options = ("--province", "15", "--test", "--data", demo.data)
    added = run("organisations", "add", "--agency", "provider", *names, *options)
    organisation = UUID(added.stdout.strip())
    renamed = ("--name-vi", "Trung tâm Trợ giúp pháp lý", "--function", "legal_aid", "--treats")
    assert run("organisations", "change", organisation, *renamed, "--data", demo.data).exit_code == 0
    key = signing_key(key_path(demo.data, "demo-ngo").read_bytes())
    shown = ask(demo, token(demo, "demo-ngo", key), f"/v1/organisations/{organisation}").json()
    assert shown["name"] == {"vi": "Trung tâm Trợ giúp pháp lý", "en": "Lao Cai Bar Association"}
    assert shown["functions"] == ["legal_aid"]
    changed = audited(demo, "organisation.changed")[0]
    assert (changed["agency"], changed["client_id"], changed["subject_id"]) == ("operator", "cli", str(organisation))
    assert changed["facts"] == {"changed": ["functions", "name_vi", "treats"]}


def test_lists_name_every_organisation_and_client(demo: Demo, run: Run) -> None:
    organisations = run("organisations", "list", "--data", demo.data).stdout
    assert NGO in organisations
    assert "Đồn Biên phòng Cửa khẩu quốc tế Lào Cai" in organisations
    assert "demo-oversight" in run("client", "list", "--data", demo.data).stdout
