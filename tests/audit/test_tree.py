"""Every entry carries its leaf, gets one place, and lies under a signed head that every organisation obtains."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.audit.sequencer import HEAD, BrokenTreeError, Signer, order, sign_head
from app.auth import tokens
from app.auth.keys import encode_base64url, verification_keys
from app.cli.administration import as_owner
from app.cli.registry import OrganisationChange, change_organisation
from app.deadlines.sweep import sweep
from app.embedded import Server
from app.leaves import content, leaf_of
from app.merkle import Frontier
from app.trail import AuditEntry
from tests.audit.conftest import Sealed
from tests.conftest import Raw
from tests.deadlines.duties import MISSED, some
from tests.factories import a_case, a_held_case
from tests.personas import ISSUER, PERSONAS, Clients
from tests.sql import DENIED, org, refused

COLUMNS = [column.name for column in AuditEntry.__table__.columns if column.name != "leaf"]
CHECKPOINTS = "/v1/audit-checkpoints"


def read(row: asyncpg.Record) -> dict[str, Any]:
    """An entry as the database gives it back."""
    return {**row, "facts": json.loads(row["facts"])}


async def entries(raw: Raw) -> list[dict[str, Any]]:
    return [read(row) for row in await raw.all.fetch("select * from audit_entries")]


async def places(raw: Raw) -> dict[UUID, bytes]:
    rows = await raw.all.fetch("select position, entry_id, leaf from audit_leaves order by position")
    assert [row["position"] for row in rows] == list(range(len(rows)))
    return {row["entry_id"]: row["leaf"] for row in rows}


async def test_each_entry_is_written_with_the_hash_of_what_is_stored(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}")
    await clients.call("demo-ngo", "GET", f"/v1/cases/{story.case}")
    stored = await entries(raw)
    assert {"case.opened", "case.read", "request.refused"} <= {entry["event"] for entry in stored}
    assert [entry["leaf"] for entry in stored] == [leaf_of(content(entry)) for entry in stored]


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_leaf_covers_every_column(clients: Clients, raw: Raw, column: str) -> None:
    await a_case(clients)
    entry = (await entries(raw))[0]
    assert leaf_of(content({**entry, column: another(entry[column])})) != entry["leaf"]


def another(value: Any) -> Any:
    match value:
        case list():
            return [*value, uuid4()]
        case dict():
            return {**value, "more": 1}
        case datetime():
            return value + timedelta(microseconds=1)
        case _:
            return f"{value}x"


async def test_what_sql_and_the_command_line_wrote_gets_its_place_too(
    app: FastAPI, clients: Clients, raw: Raw, server: Server
) -> None:
    await some(raw, "demo-police", MISSED, 3)
    assert await sweep(app.state.database) == 3
    async with as_owner(server.migration_url) as db:
        await change_organisation(db, org("demo-ngo"), OrganisationChange(functions=[]))
    assert await raw.all.fetchval("select count(*) from audit_entries where leaf is null") == 3
    assert await order(app.state.database) == 4
    assert await places(raw) == {entry["id"]: leaf_of(content(entry)) for entry in await entries(raw)}
    assert await raw.all.fetchval("select count(*) from audit_entries where leaf is null") == 3
    assert await order(app.state.database) == await raw.all.fetchval("select count(*) from audit_unordered") == 0


async def test_more_than_a_batch_is_ordered_in_one_round(app: FastAPI, raw: Raw, seal: Sealed) -> None:
    await raw.all.execute(
        "insert into audit_entries (id, request_id, client_id, organisation_id, agency, event, subject_type, parties,"
        " sections, facts) select gen_random_uuid(), gen_random_uuid(), 'x', $1, 'ngo', 'case.read', 'case', '{}',"
        " '{}', '{\"n\": 1.5}' from generate_series(1, 2500)",
        org("demo-ngo"),
    )
    assert await seal() == 2500
    frontier = Frontier()
    frontier.add((await places(raw)).values())
    assert await raw.all.fetchval("select root from audit_heads") == frontier.root()


async def test_every_organisation_obtains_the_checkpoint_and_can_check_it(
    clients: Clients, client: httpx.AsyncClient, raw: Raw, seal: Sealed
) -> None:
    await a_case(clients)
    size = await seal()
    keys = verification_keys((await client.get("/.well-known/jwks")).json()["keys"])
    for who in PERSONAS:
        (head,) = (await clients.ok(who, "GET", CHECKPOINTS))["items"]
        claims = tokens.opened(head["jws"], keys=keys, typ=HEAD)
        assert claims["issuer"] == ISSUER
        assert (claims["tree_size"], claims["root"]) == (head["tree_size"], head["root"])
        assert claims["tree_size"] == size
    frontier = Frontier()
    frontier.add((await places(raw)).values())
    assert head["root"] == encode_base64url(frontier.root())
    assert (await client.get(CHECKPOINTS)).status_code == 401


async def test_checkpoints_are_listed_newest_first_and_found_by_size(clients: Clients, raw: Raw, seal: Sealed) -> None:
    sizes = []
    for _ in range(3):
        await a_case(clients)
        sizes.append(await seal())
    assert await seal() is None
    page = await clients.ok("demo-ngo", "GET", f"{CHECKPOINTS}?limit=2")
    rest = await clients.ok("demo-ngo", "GET", f"{CHECKPOINTS}?limit=2&cursor={page['next']}")
    assert [head["tree_size"] for head in page["items"] + rest["items"]] == sizes[::-1]
    (found,) = (await clients.ok("demo-ngo", "GET", f"{CHECKPOINTS}?tree_size={sizes[1]}"))["items"]
    assert found == page["items"][1]
    for wrong in ("0", "x", str(2**63)):
        assert (await clients.call("demo-ngo", "GET", f"{CHECKPOINTS}?tree_size={wrong}")).status_code == 422


async def test_a_worker_leaves_a_young_head_alone(
    app: FastAPI, clients: Clients, signer: Signer, seal: Sealed, raw: Raw
) -> None:
    await a_case(clients)
    await seal()
    await a_case(clients)
    await order(app.state.database)
    assert await sign_head(app.state.database, signer, unless_younger=3600) is None
    assert await sign_head(app.state.database, signer) is not None


@pytest.mark.parametrize("gone", ["position = 0", "position > 0"])
async def test_no_head_is_signed_over_a_tree_with_a_hole(
    app: FastAPI, clients: Clients, raw: Raw, *, seal: Sealed, signer: Signer, gone: str
) -> None:
    await a_held_case(clients)
    await (seal() if ">" in gone else order(app.state.database))
    await raw.all.execute(f"delete from audit_leaves where {gone}")  # noqa: S608
    with pytest.raises(BrokenTreeError):
        await sign_head(app.state.database, signer)


async def test_the_apis_own_login_reads_heads_and_writes_nothing_of_the_tree(
    clients: Clients, raw: Raw, seal: Sealed
) -> None:
    await a_case(clients)
    await seal()
    for statement in (
        "select * from audit_leaves",
        "select * from audit_unordered",
        "select frontier from audit_heads",
        "insert into audit_leaves values (0, gen_random_uuid(), '')",
        "insert into audit_heads values (9, '', '', now(), '')",
        "delete from audit_unordered",
        "update audit_entries set leaf = null",
    ):
        await refused(raw, "demo-oversight", statement, by=DENIED)
    assert await raw.api.fetch("select tree_size from audit_heads") == []
