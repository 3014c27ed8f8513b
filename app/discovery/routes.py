"""What anybody may ask of the service itself: is it alive, is it ready, what do its refusals mean."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from app.discovery.html import guide_page, guides, guides_page, problem_page, problems_page
from app.discovery.readiness import Readiness, Warned
from app.negotiation import wants_page
from app.problems import CATALOGUE, NotFound, Problem, Unavailable, documented

router = APIRouter(tags=["service"])


class Alive(BaseModel):
    status: str


class Ready(BaseModel):
    """`warnings`: what an operator should look at, though the service serves."""

    status: Literal["ready"]
    warnings: list[Warned]


class Wording(BaseModel):
    vi: str
    en: str


class ProblemOut(BaseModel):
    """One kind of refusal, as `type` and `code` of a problem name it."""

    code: str
    status: int
    title: Wording
    detail: Wording
    retryable: bool


class ProblemsOut(BaseModel):
    items: list[ProblemOut]


class Linkset(BaseModel):
    linkset: list[dict[str, Any]]


CATALOG = "/.well-known/api-catalog"


class LinksetResponse(JSONResponse):
    media_type = "application/linkset+json"


@router.get("/healthz", summary="Tiến trình còn sống · The process is alive")
async def healthz() -> Alive:
    """Không hỏi cơ sở dữ liệu. · Asks nothing of the database."""
    return Alive(status="ok")


@router.get("/readyz", summary="Sẵn sàng phục vụ · Ready to serve", responses=documented(Unavailable))
async def readyz(request: Request) -> Ready:
    """Cơ sở dữ liệu trả lời và đúng phiên bản, biết khóa của nơi cấp token; việc chậm trễ chỉ cảnh báo. · The database
    answers and holds the schema this version needs, the issuer's keys are known; what is late only warns."""
    readiness: Readiness = request.app.state.readiness
    return Ready(status="ready", warnings=list(await readiness.judge()))


@router.get("/problems", summary="Các loại từ chối · Kinds of refusal", response_model=ProblemsOut)
async def list_problems(request: Request) -> Any:
    """Mọi mã lỗi, hai thứ tiếng; trình duyệt nhận một trang. · Every code, in both languages; a browser gets a page."""
    if wants_page(request.headers.get("accept", "")):
        return _shown(problems_page())
    return ProblemsOut(items=[_problem_out(CATALOGUE[code]) for code in sorted(CATALOGUE)])


@router.get(
    "/problems/{code}",
    summary="Một loại từ chối · One kind of refusal",
    response_model=ProblemOut,
    responses=documented(NotFound),
)
async def read_problem(code: str, request: Request) -> Any:
    """Ý nghĩa và việc cần làm; trình duyệt nhận một trang. · What it means and what to do; a browser gets a page."""
    if code not in CATALOGUE:
        raise NotFound
    if wants_page(request.headers.get("accept", "")):
        return _shown(problem_page(CATALOGUE[code]))
    return _problem_out(CATALOGUE[code])


@router.get("/docs/guides", include_in_schema=False)
async def list_guides() -> Response:
    return _shown(guides_page())


@router.get("/docs/guides/{guide:path}", include_in_schema=False)
async def read_guide(guide: str) -> Response:
    if guide not in guides():
        raise NotFound
    return _shown(guide_page(guide))


@router.get(
    CATALOG,
    summary="Mục lục giao diện · API catalogue (RFC 9727)",
    response_model=Linkset,
    response_class=LinksetResponse,
)
async def api_catalog(request: Request) -> Response:
    """Nơi có hợp đồng và tài liệu. · Where the contract and the documentation are."""
    base = request.app.state.settings.public_url
    return LinksetResponse({"linkset": _linkset(base)}, headers={"Link": f'<{base}{CATALOG}>; rel="api-catalog"'})


@router.head(CATALOG, include_in_schema=False)
async def api_catalog_head(request: Request) -> Response:
    """RFC 9727 §3: whoever only wants to know whether there is one."""
    return await api_catalog(request)


def _linkset(base: str) -> list[dict[str, Any]]:
    """RFC 9264: the catalogue's one API, and what there is to know of it."""
    pages = ("docs", "docs/guides", "problems")
    return [
        {"anchor": f"{base}{CATALOG}", "item": [{"href": f"{base}/v1"}]},
        {
            "anchor": f"{base}/v1",
            "service-desc": [{"href": f"{base}/openapi.json", "type": "application/json"}],
            "service-doc": [{"href": f"{base}/{page}", "type": "text/html"} for page in pages],
            "service-meta": [
                {"href": f"{base}/v1/code-lists", "type": "application/json"},
                {"href": f"{base}/.well-known/oauth-authorization-server", "type": "application/json"},
            ],
            "status": [{"href": f"{base}/readyz", "type": "application/json"}],
        },
    ]


def _shown(page: str) -> Response:
    return HTMLResponse(page, headers={"Vary": "Accept"})


def _problem_out(problem: type[Problem]) -> ProblemOut:
    return ProblemOut(
        code=problem.code,
        status=problem.status,
        title=Wording(**problem.title),
        detail=Wording(**problem.detail),
        retryable=problem.retryable,
    )
