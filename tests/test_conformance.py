"""Generated requests, valid by the contract: the service never fails, and answers only what the contract says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

from app import contract
from tests.factories import a_plan, a_referral, a_verification
from tests.fuzz import line_by_line
from tests.personas import Clients

EACH = settings(
    max_examples=3,
    phases=[Phase.generate],
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application on a free port of the loopback, in this very loop; requests that come early wait in the queue."""
    listening = socket.create_server(("127.0.0.1", 0))
    host, port = listening.getsockname()
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await running


def faults(document: dict[str, Any], url: str, headers: dict[str, str], known: dict[str, str]) -> list[str]:
    """Sends a few requests to every operation, each id in a path being one that exists where there is one."""
    found: list[str] = []
    schema = schemathesis.openapi.from_dict(document)
    names = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    for name in sorted(names - set(line_by_line(document))):
        operation = schema.find_operation_by_id(name)

        @EACH
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            for name in case.path_parameters:
                case.path_parameters[name] = known.get(name, case.path_parameters[name])
            case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)

        try:
            ask()
        except (Exception, FailureGroup) as fault:
            found.append(f"{operation.label}: {fault}")
    return found


async def test_valid_requests_are_answered_as_the_contract_says(app: FastAPI, clients: Clients) -> None:
    story = await a_referral(clients)
    await a_verification(clients, story)
    known = {
        "case_id": story.case,
        "referral_id": story.referral["id"],
        "verification_id": story.verification["id"],
        "consent_id": story.consent["id"],
        "plan_id": (await a_plan(clients, story))["id"],
        "handover_id": story.handover["id"],
    }
    token = await clients.token("demo-labour")
    headers = {"Authorization": f"Bearer {token}", "Purpose-Of-Use": "care_coordination"}
    async with serving(app) as url:
        found = await anyio.to_thread.run_sync(faults, contract.document(app), url, headers, known)
    assert found == []
