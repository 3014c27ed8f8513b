"""Puts the application together: state, routers, problem handlers, the edge. No logic of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import contract, deprecations, schema
from app.admission import Admission, Buckets, Queue, Room
from app.audit.routes import router as audit
from app.audit.sequencer import Signer, order_for_ever
from app.auth.alarm import Alarm
from app.auth.credentials import authenticate
from app.auth.issuers import BundledIssuer, ExternalIssuer, Issuer
from app.auth.key_folder import KeyFolder
from app.auth.refusals import record_refused
from app.auth.registry import Registry
from app.auth.rehearsal import TurnedAway
from app.auth.scopes import Agency
from app.batches.lines import WIRE_BYTES
from app.batches.operations import Turns, work_for_ever
from app.batches.routes import router as batches
from app.batches.taking import ROUTE as BATCHES
from app.benefits.routes import router as benefits
from app.break_glass.routes import router as break_glass
from app.cases.custody_routes import router as custody
from app.cases.exclusion_routes import router as exclusions
from app.cases.family_routes import router as family
from app.cases.override_routes import router as overrides
from app.cases.routes import router as cases
from app.cases.statement_routes import router as statements
from app.certificates.routes import router as certificates
from app.db import Database
from app.deadlines.routes import router as worklist
from app.deadlines.sweep import sweep_for_ever
from app.deprecations import Deprecations
from app.discovery.readiness import Readiness
from app.discovery.routes import router as discovery
from app.edge import Edge, Times, problem_response
from app.events.relay import Watch, relay_for_ever
from app.events.routes import router as events
from app.forms.routes import router as forms
from app.intakes.routes import router as intakes
from app.keyring import Keyring
from app.notices.routes import router as notices
from app.oauth.routes import router as oauth
from app.organisations.routes import router as organisations
from app.problems import MethodNotAllowed, NotFound, Problem, Unavailable
from app.receptions.routes import router as receptions
from app.reference.codes import code_list
from app.reference.routes import router as reference
from app.referrals.routes import router as referrals
from app.reintegration.routes import router as reintegration
from app.returns.routes import router as returns
from app.safety.routes import router as safety
from app.searches.routes import router as searches
from app.settings import Settings
from app.signals.listening import listen, look_for_ever
from app.signals.metrics import Metrics
from app.signals.requests import Observed
from app.validation import problem_of
from app.verifications.assistance_routes import router as assistances
from app.verifications.evidence_routes import router as evidence
from app.verifications.routes import router as verifications
from app.webhooks.relay import Relay, deliver_for_ever
from app.webhooks.routes import router as webhooks
from app.webhooks.sending import Sender

# Tried in this order at every request, so those that everybody polls come first.
ROUTERS = (
    referrals,
    intakes,
    cases,
    custody,
    overrides,
    exclusions,
    family,
    verifications,
    statements,
    evidence,
    assistances,
    reintegration,
    receptions,
    returns,
    notices,
    certificates,
    safety,
    benefits,
    forms,
    searches,
    break_glass,
    batches,
    worklist,
    events,
    webhooks,
    organisations,
    reference,
    audit,
    oauth,
    discovery,
)


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The application over one database. Keys are read from the settings' key folder; a missing one stops the start."""
    app = FastAPIOffline(
        title="Chuyển tuyến nạn nhân mua bán người · Referral of trafficking victims",
        version=contract.VERSION,
        description=contract.DESCRIPTION,
        lifespan=_lifespan,
        redirect_slashes=False,  # it would send the caller to whatever its Host says
    )
    app.state.settings = settings
    app.state.database = Database(database_url, Keyring.load(settings), settings.pool_size)
    app.state.keys = KeyFolder(settings.keys)
    app.state.issuer = _issuer(settings, app.state.keys)
    app.state.alarm = Alarm()
    app.state.registry = Registry(app.state.database.plain)
    app.state.authenticate = authenticate
    app.state.clients = Buckets("client", settings.client_rate, settings.client_burst)
    app.state.strangers = Buckets("stranger", settings.stranger_rate, settings.stranger_burst)
    app.state.queue = Queue(Room(settings.requests_at_once, settings.requests_waiting))
    app.state.metrics = Metrics(app.state.queue, app.state.database)
    app.state.turned_away = TurnedAway()
    app.state.feed = Watch()
    app.state.deprecated = deprecations.load()
    app.state.turns = Turns()
    app.state.sender = Sender()
    app.state.readiness = Readiness(app.state.database, app.state.issuer, app.state.keys, schema.revisions())
    purposes = code_list("purpose_of_use").codes
    app.state.purpose_codes = frozenset(purpose.code for purpose in purposes)
    app.state.purposes = {
        agency: sorted(purpose.code for purpose in purposes if agency in purpose.attributes["agencies"])
        for agency in Agency
    }
    for router in ROUTERS:  # as they are: an included router is matched twice, route by route, at every request
        app.router.routes.extend(router.routes)
    app.add_exception_handler(Problem, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_shape)
    app.add_exception_handler(HTTPException, _refuse_http)
    _surround(app, settings)
    contract.install(app)
    return app


def _issuer(settings: Settings, keys: KeyFolder) -> Issuer:
    if settings.issuer and settings.jwks_url:
        return ExternalIssuer(settings.issuer, settings.jwks_url)
    return BundledIssuer(settings.public_url, keys)


def _surround(app: FastAPI, settings: Settings) -> None:
    """The layers around the routes, the innermost first."""
    app.add_middleware(Deprecations, table=app.state.deprecated)
    app.add_middleware(
        Admission,
        queue=app.state.queue,
        strangers=app.state.strangers,
        metered={"/oauth/token", "/oauth/revoke"},
    )
    times = Times(settings.chunk_seconds, settings.body_seconds, settings.request_seconds)
    app.add_middleware(Edge, times=times, larger={BATCHES: WIRE_BYTES})
    app.add_middleware(Observed, metrics=app.state.metrics)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state, settings = app.state, app.state.settings

    def signer() -> Signer:
        return Signer(state.keys.current.audit, settings.public_url)

    relay = Relay(state.database, state.sender, settings.public_url)
    tasks = [
        asyncio.create_task(sweep_for_ever(state.database, settings.sweep_seconds)),
        asyncio.create_task(order_for_ever(state.database, signer, settings.audit_seconds)),
        asyncio.create_task(relay_for_ever(state.database, state.feed, settings.feed_seconds)),
        asyncio.create_task(work_for_ever(state.database, state.turns, settings.batch_seconds)),
        asyncio.create_task(deliver_for_ever(relay, state.database, state.feed, settings.webhook_seconds)),
    ]
    end_listening: Callable[[], None] | None = None
    if settings.metrics_port is not None:
        end_listening = listen(state.metrics, settings.metrics_port)
        tasks.append(asyncio.create_task(look_for_ever(state.metrics, state.database, state.readiness.judge)))
    yield
    if end_listening:
        await asyncio.to_thread(end_listening)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await app.state.database.close()
    await app.state.database.keyring.vault.provider.close()


async def _refuse(request: Request, error: Exception) -> Response:
    """Every refusal of an authenticated caller is audited once, here; one that cannot be audited is a 503."""
    problem = error if isinstance(error, Problem) else Unavailable()
    call = getattr(request.state, "call", None)
    if problem.audited and call is not None:
        try:
            await record_refused(call, problem)
        except Unavailable as unavailable:
            problem = unavailable
    return problem_response(problem, request.scope)


async def _refuse_shape(request: Request, error: Exception) -> Response:
    call = getattr(request.state, "call", None)
    problem = problem_of(error, call)
    return await _refuse(request, problem)


async def _refuse_http(request: Request, error: Exception) -> Response:
    """The framework's own refusals: no such path, no such method."""
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
        return problem_response(MethodNotAllowed(headers={"Allow": _allowed(request)}), request.scope)
    return problem_response(NotFound(), request.scope)


def _allowed(request: Request) -> str:
    """Every method of the path (RFC 9110 §10.2.1); the framework names those of one of its routes."""
    routes = request.app.routes
    named = [route for route in routes if isinstance(route, Route) and route.path_regex.match(request.scope["path"])]
    same = {method for route in named if route.path == named[0].path for method in route.methods or ()}
    return ", ".join(sorted(same))
