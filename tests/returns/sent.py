"""What the tests of returns send and ask: announcements, arrivals, the list with what one reads of it."""

from typing import Any

from tests.factories import a_case, an_action, in_days
from tests.personas import PERSONAS, Clients

Body = dict[str, Any]
NAME = "Lò Thị Mỷ"


def a_traveller(name: str = NAME, **changes: Any) -> Body:
    person = {
        "full_name": name,
        "sex": "female",
        "birth_date": "1999",
        "nationalities": ["VN"],
        "identity_documents": [{"type": "passport", "number": "C1234567"}],
    }
    return {"person": person, "handling": ["ask_before_family"], **changes}


def an_announcement(*persons: Body, gate: str = "demo-border", **changes: Any) -> Body:
    body = {
        "direction": "inbound",
        "gate_id": str(PERSONAS[gate].id),
        "province_code": "15",
        "arrives_at": in_days(30),
        "means": "land",
        "escorts": ["Bà Trần Thị Lan, cán bộ lãnh sự"],
        "text": "Đoàn đi bằng xe khách.",
        "persons": list(persons),
    }
    return {**body, **changes}


async def a_return(clients: Clients, *persons: Body, **changes: Any) -> Body:
    made: Body = await clients.ok("demo-foreign", "POST", "/v1/returns", an_announcement(*persons, **changes))
    return made


async def a_mission_case(clients: Clients) -> str:
    """A case in the custody of the mission, as it took it in abroad."""
    changes: Body = {"channel": "abroad_not_rescued", "place": {"country_code": "CN"}, "accompanying_minors": []}
    return (await a_case(clients, "demo-foreign", **changes)).case


async def arrivals(clients: Clients, made: Body, *lines: Body, who: str = "demo-border") -> Body:
    body = {"arrived_at": in_days(0), "persons": list(lines)}
    return await an_action(clients, who, f"/v1/returns/{made['id']}", "arrivals", body)


async def came(clients: Clients, made: Body, *results: str, who: str = "demo-border") -> Body:
    """The persons of the list, in its order, with these results."""
    lines = [{"person_id": p["id"], "result": r} for p, r in zip(made["persons"], results, strict=False)]
    return await arrivals(clients, made, *lines, who=who)


async def persons(clients: Clients, who: str, made: Body) -> list[Body]:
    found: list[Body] = (await clients.ok(who, "GET", f"/v1/returns/{made['id']}/persons"))["items"]
    return found


async def amended(clients: Clients, made: Body, *, who: str = "demo-foreign", **changes: Any) -> Body:
    path = f"/v1/returns/{made['id']}"
    etag = (await clients.ok(who, "GET", path))["etag"]
    changed: Body = await clients.ok(who, "PATCH", path, changes, etag=etag)
    return changed
