"""The demo's ten organisations (network.yaml): put into an empty registry, each with a client and a key of its own."""

import asyncio
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys import ensure_key
from app.cli import registry
from app.cli.administration import as_owner
from app.cli.folder import key_path
from app.organisations.models import Organisation


class Member(BaseModel):
    """One client of the demo and the organisation it belongs to."""

    model_config = ConfigDict(extra="forbid")

    client: str
    organisation: registry.NewOrganisation
    services: list[registry.NewService] = []


class ForeignRegistryError(Exception):
    """The database serves somebody else's organisations: no place for a demo, whose keys lie in the open."""


def members() -> list[Member]:
    text = Path(__file__).with_name("network.yaml").read_text("utf-8")
    return TypeAdapter(list[Member]).validate_python(yaml.safe_load(text))


def seed(migration_url: str, data: Path) -> list[Member]:
    """The members, with whatever the database and the data folder lacked of them made; `ForeignRegistryError`."""
    network = members()
    keys = {member.client: dict(ensure_key(key_path(data, member.client)).public) for member in network}
    asyncio.run(_seed(migration_url, network, keys))
    return network


async def _seed(url: str, network: list[Member], keys: dict[str, dict[str, str]]) -> None:
    async with as_owner(url) as db:
        known = set((await db.execute(select(Organisation.id))).scalars())
        if known and not known & {member.organisation.id for member in network}:
            raise ForeignRegistryError
        for member in network:
            if member.organisation.id in known:
                await registry.add_key(db, member.client, keys[member.client])
            else:
                await _add(db, member, keys[member.client])


async def _add(db: AsyncConnection, member: Member, key: dict[str, Any]) -> None:
    await registry.add_organisation(db, member.organisation)
    await registry.add_services(db, member.organisation, member.services)
    client = registry.NewClient(
        id=member.client,
        organisation_id=member.organisation.id,
        name=member.organisation.name_en,
        mode="test",
        dpop_required=False,
    )
    await registry.add_client(db, client, key)
