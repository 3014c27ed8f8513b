"""The demo's ten organisations (network.yaml): put into an empty registry, each with a client and a key of its own."""

import asyncio
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import select

from app.auth.keys import ensure_key
from app.cli import registry
from app.cli.administration import as_owner
from app.cli.folder import key_path
from app.oauth.models import Client
from app.organisations.models import Organisation


class Member(BaseModel):
    """One client of the demo and the organisation it belongs to; `second` is another of the same organisation, for what
    one must not do alone."""

    model_config = ConfigDict(extra="forbid")

    client: str
    second: str | None = None
    organisation: registry.NewOrganisation
    services: list[registry.NewService] = []

    @property
    def clients(self) -> list[str]:
        return [self.client] + ([self.second] if self.second else [])


class ForeignRegistryError(Exception):
    """The database serves somebody else's organisations: no place for a demo, whose keys lie in the open."""


def members() -> list[Member]:
    text = Path(__file__).with_name("network.yaml").read_text("utf-8")
    return TypeAdapter(list[Member]).validate_python(yaml.safe_load(text))


def seed(migration_url: str, data: Path) -> list[Member]:
    """The members, with whatever the database and the data folder lacked of them made; `ForeignRegistryError`."""
    network = members()
    names = [name for member in network for name in member.clients]
    keys = {name: dict(ensure_key(key_path(data, name)).public) for name in names}
    asyncio.run(_seed(migration_url, network, keys))
    return network


async def _seed(url: str, network: list[Member], keys: dict[str, dict[str, str]]) -> None:
    async with as_owner(url) as db:
        known = set((await db.execute(select(Organisation.id))).scalars())
        if known and not known & {member.organisation.id for member in network}:
            raise ForeignRegistryError
        clients = set((await db.execute(select(Client.id))).scalars())
        for member in network:
            if member.organisation.id not in known:
                await registry.add_organisation(db, member.organisation)
                await registry.add_services(db, member.organisation, member.services)
            for name in member.clients:
                if name in clients:
                    await registry.add_key(db, name, keys[name])
                else:
                    await registry.add_client(db, _client(member, name), keys[name])


def _client(member: Member, name: str) -> registry.NewClient:
    return registry.NewClient(
        id=name,
        organisation_id=member.organisation.id,
        name=member.organisation.name_en,
        mode="test",
        dpop_required=False,
    )
