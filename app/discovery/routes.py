"""What anybody may ask of the service itself: is it alive, is it ready, what do its refusals mean."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.problems import CATALOGUE, NotFound, Problem, Unavailable, documented

router = APIRouter(tags=["service"])


class Alive(BaseModel):
    status: str


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


class LinksetResponse(JSONResponse):
    media_type = "application/linkset+json"


@router.get("/healthz", summary="Tiến trình còn sống · The process is alive")
async def healthz() -> Alive:
    """Không hỏi cơ sở dữ liệu. · Asks nothing of the database."""
    return Alive(status="ok")


@router.get("/readyz", summary="Sẵn sàng phục vụ · Ready to serve", responses=documented(Unavailable))
async def readyz(request: Request) -> Alive:
    """Cơ sở dữ liệu trả lời và đúng phiên bản. · The database answers and holds the schema this version needs."""
    rows = await request.app.state.database.plain("select version_num from alembic_version")
    if [row["version_num"] for row in rows] != [request.app.state.schema_head]:
        raise Unavailable
    return Alive(status="ready")


@router.get("/problems", summary="Các loại từ chối · Kinds of refusal")
async def list_problems() -> ProblemsOut:
    """Mọi mã lỗi, bằng hai thứ tiếng. · Every code, in both languages."""
    return ProblemsOut(items=[_problem_out(CATALOGUE[code]) for code in sorted(CATALOGUE)])


@router.get("/problems/{code}", summary="Một loại từ chối · One kind of refusal", responses=documented(NotFound))
async def read_problem(code: str) -> ProblemOut:
    """Ý nghĩa và việc cần làm. · What it means and what to do."""
    if code not in CATALOGUE:
        raise NotFound
    return _problem_out(CATALOGUE[code])


@router.get(
    "/.well-known/api-catalog",
    summary="Mục lục giao diện · API catalogue (RFC 9727)",
    response_model=Linkset,
    response_class=LinksetResponse,
)
async def api_catalog(request: Request) -> Response:
    """Nơi có hợp đồng và tài liệu. · Where the contract and the documentation are."""
    base = request.app.state.settings.public_url
    linkset: dict[str, Any] = {
        "linkset": [
            {
                "anchor": f"{base}/v1",
                "service-desc": [{"href": f"{base}/openapi.json", "type": "application/json"}],
                "service-doc": [{"href": f"{base}/docs", "type": "text/html"}],
                "status": [{"href": f"{base}/readyz", "type": "application/json"}],
            }
        ]
    }
    return LinksetResponse(linkset)


def _problem_out(problem: type[Problem]) -> ProblemOut:
    return ProblemOut(
        code=problem.code,
        status=problem.status,
        title=Wording(**problem.title),
        detail=Wording(**problem.detail),
        retryable=problem.retryable,
    )
