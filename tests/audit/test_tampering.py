"""Whoever holds the database may change it, but not unseen: four ways to tamper, and what the export then shows."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.audit.sequencer import HEAD, Signer, order, sign_head
from app.auth import tokens
from app.auth.keys import SigningKey, generate, signing_key
from tests.audit.conftest import Audit, Sealed
from tests.conftest import Raw
from tests.factories import a_case, a_held_case
from tests.personas import ISSUER, Clients

THIRD = "select entry_id from audit_leaves where position = 2"
EDIT = f"update audit_entries set officer = 'somebody.else' where id = ({THIRD})"  # noqa: S608
DELETE = f"delete from audit_entries where id = ({THIRD})"  # noqa: S608
UNLEAF = "delete from audit_leaves where position = 2"
CLOSE_UP = (
    "delete from audit_leaves where position = 2; update audit_leaves set position = -position where position > 2;"
    " update audit_leaves set position = -position - 1 where position < 0"
)
REORDER = (
    "update audit_leaves set position = -1 where position = 2; update audit_leaves set position = 2 where position = 3;"
    " update audit_leaves set position = 3 where position = -1"
)


async def exported(audit: Audit, folder: Path) -> Path:
    out = folder / "audit.jsonl"
    result = await audit("export", "--out", out)
    assert result.exit_code == 0, result.output
    return out


async def verified(audit: Audit, folder: Path, *more: object) -> tuple[int, str]:
    result = await audit("verify", await exported(audit, folder), *more)
    return result.exit_code, result.output


@pytest.fixture
async def lived(clients: Clients, raw: Raw, seal: Sealed) -> None:
    """Two signed heads over what happened."""
    await a_held_case(clients)
    assert (await seal() or 0) > 4
    await a_held_case(clients)
    await seal()


async def test_an_untouched_export_is_intact(lived: None, audit: Audit, tmp_path: Path, clients: Clients) -> None:
    code, said = await verified(audit, tmp_path)
    assert code == 0, said
    assert "Nguyên vẹn · Intact" in said
    assert "2 mốc · heads" in said
    assert "chưa có mốc" not in said
    await a_case(clients)
    assert "chưa có thứ tự" in (await audit("export", "--out", tmp_path / "later.jsonl")).output


@pytest.mark.parametrize(
    ("tampering", "position", "word"),
    [
        (EDIT, 2, "The entry was changed"),
        (DELETE, 2, "The entry is gone"),
        (UNLEAF, 2, "Missing or out of order"),
        (CLOSE_UP, 0, "The root is not the signed one"),
        (REORDER, 0, "The root is not the signed one"),
    ],
    ids=["edit", "delete", "delete with its leaf", "delete and close up", "reorder"],
)
async def test_a_change_by_the_superuser_is_found(
    lived: None, raw: Raw, audit: Audit, tmp_path: Path, *, tampering: str, position: int, word: str
) -> None:
    await raw.all.execute(tampering)
    code, said = await verified(audit, tmp_path)
    assert code == 1
    assert word in said
    assert f"First bad position: {position}" in said
    print(f"{tampering[:60]:60} found: {word}")


async def test_a_cut_tail_is_found_by_the_checkpoint_that_another_organisation_holds(
    lived: None, clients: Clients, raw: Raw, *, client: httpx.AsyncClient, audit: Audit, tmp_path: Path
) -> None:
    (latest, older) = (await clients.ok("demo-ngo", "GET", "/v1/audit-checkpoints"))["items"]
    kept, jwks = tmp_path / "kept.jws", tmp_path / "jwks.json"
    kept.write_text(latest["jws"] + "\n", "utf-8")
    jwks.write_text((await client.get("/.well-known/jwks")).text, "utf-8")
    assert (await verified(audit, tmp_path, "--checkpoint", kept, "--jwks", jwks))[0] == 0
    size = older["tree_size"]
    await raw.all.execute(
        f"delete from audit_entries where id in (select entry_id from audit_leaves where position >= {size});"  # noqa: S608
        f" delete from audit_leaves where position >= {size}; delete from audit_heads where tree_size > {size}"
    )
    assert (await verified(audit, tmp_path))[0] == 0, "the file alone cannot tell"
    code, said = await verified(audit, tmp_path, "--checkpoint", kept, "--jwks", jwks)
    assert (code, "Cut off" in said, f"First bad position: {size}" in said) == (1, True, True)


async def test_history_written_anew_with_the_services_own_key_is_found_by_a_kept_checkpoint(
    lived: None, app: FastAPI, clients: Clients, raw: Raw, *, signer: Signer, audit: Audit, tmp_path: Path
) -> None:
    """The fork: entry, leaf and every head agree again, and are signed; only what was handed out before does not."""
    kept = tmp_path / "kept.jws"
    kept.write_text((await clients.ok("demo-ngo", "GET", "/v1/audit-checkpoints"))["items"][0]["jws"], "utf-8")
    await raw.all.execute(
        "insert into audit_unordered select entry_id from audit_leaves; delete from audit_leaves;"
        " delete from audit_heads; update audit_entries set officer = 'somebody.else', leaf = null"
    )
    await order(app.state.database)
    await sign_head(app.state.database, signer)
    assert (await verified(audit, tmp_path))[0] == 0
    code, said = await verified(audit, tmp_path, "--checkpoint", kept)
    assert (code, "The root is not the signed one" in said) == (1, True)


def rewritten(path: Path, change: Any) -> None:
    """The export with its lines changed."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in change(lines)), "utf-8")


def resigned(line: dict[str, Any], key: SigningKey, typ: str = HEAD) -> dict[str, Any]:
    claims = {"tree_size": line["tree_size"], "root": line["root"], "at": line["at"], "issuer": ISSUER}
    return {**line, "jws": tokens.sign(claims, key, typ=typ)}


async def test_a_head_counts_only_if_the_audit_key_signed_it_as_a_head(
    lived: None, app: FastAPI, audit: Audit, tmp_path: Path
) -> None:
    foreign = signing_key(generate())
    forgeries = (
        lambda head: resigned(head, foreign),
        lambda head: resigned(head, SigningKey({**foreign.public, "kid": app.state.keys.audit.kid}, foreign.jose)),
        lambda head: resigned(head, app.state.keys.receipts),
        lambda head: resigned(head, app.state.keys.audit, typ="referral-receipt+jws"),
        lambda head: {**head, "jws": head["jws"].rsplit(".", 1)[0] + "."},
        lambda head: {**head, "root": head["root"][::-1]},
    )
    for forge in forgeries:
        path = await exported(audit, tmp_path)
        rewritten(path, lambda lines, forge=forge: [forge(lines[0]), *lines[1:]])
        result = await audit("verify", path)
        assert result.exit_code == 1
        assert "not validly signed" in result.output or "was changed" in result.output


@pytest.mark.parametrize(
    "text", ["", "x\n", "[]\n", '{"position": 0}\n', '{"position": 1, "entry": {}}\n', "[" * 99_999]
)
async def test_a_file_that_is_no_export_proves_nothing(
    lived: None, clients: Clients, audit: Audit, tmp_path: Path, text: str
) -> None:
    path, kept = tmp_path / "x.jsonl", tmp_path / "kept.jws"
    path.write_text(text, "utf-8")
    kept.write_text((await clients.ok("demo-ngo", "GET", "/v1/audit-checkpoints"))["items"][0]["jws"], "utf-8")
    assert (await audit("verify", path, "--checkpoint", kept)).exit_code == 1
