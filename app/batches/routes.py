"""HTTP of batches: many records in one request, and the operation that a long one becomes."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.batches import lines, reads
from app.batches.operations import accept
from app.batches.schemas import BatchOut, LineOut, OperationOut
from app.batches.taking import CREATED, REPLAYED, ROUTE, Outcome, Sender, take_in
from app.db import Tx
from app.problems import MalformedRequest, PayloadTooLarge, TooManyRequests, documented

router = APIRouter(tags=["batches"], route_class=GuardedRoute)

Sends = Annotated[
    Call, Depends(requires(Capability.BULK_WRITE, officer=True, media=lines.MEDIA, codings=lines.CODINGS))
]
Follows = Annotated[Call, Depends(requires(None))]
AT_ONCE = 500
"""Lines that a request may wait for; more become an operation."""


@router.post(
    ROUTE,
    summary="Gửi nhiều bản ghi · Submit many intakes",
    response_model=BatchOut,
    responses={
        207: {"model": BatchOut, "description": "Có dòng bị từ chối · Some lines were refused"},
        202: {"model": OperationOut, "description": "Trên 500 dòng, xem `Location` · Over 500 lines, see `Location`"},
        **documented(MalformedRequest, PayloadTooLarge, TooManyRequests),
    },
)
async def post_batch(call: Sends, validate_only: bool = False) -> Any:
    """JSON Lines, mỗi dòng là một bản ghi cùng `id` do bạn tạo; có thể nén gzip. Mỗi dòng một kết quả, dòng sai không
    ảnh hưởng dòng đúng; gửi lại luôn an toàn. · JSON Lines, each an intake with an `id` of your own; gzip if you
    like. One result a line, as its PUT would answer; a bad line never undoes a good one, and sending again is safe."""
    call.check_presence()
    number = await run_in_threadpool(lines.count, call.body)
    if number <= AT_ONCE:
        return await _at_once(call)
    if call.dry_run:
        raise PayloadTooLarge(params={"limit_lines": AT_ONCE, "limit_bytes": lines.WIRE_BYTES})
    return await _later(call, number)


async def _at_once(call: Call) -> JSONResponse:
    state = call.request.app.state
    sender = Sender(call.database, call.caller, call.attempt(), state.turns.turn)

    async def keep(tx: Tx, outcomes: Sequence[Outcome]) -> list[LineOut]:
        return await reads.lines_out(tx, outcomes, call.language, call.act.request_id)

    with state.turns.seats.taken_by(call.caller.client_id):
        chunks = await take_in(sender, lines.lines_of(call.body), keep)
    results = [line for chunk in chunks for line in chunk]
    refused = sum(each.problem is not None for each in results)
    created = sum(each.status == CREATED for each in results)
    made = BatchOut(
        lines=len(results), created=created, replayed=len(results) - created - refused, refused=refused, results=results
    )
    return JSONResponse(made.model_dump(mode="json"), 207 if refused else REPLAYED)


async def _later(call: Call, number: int) -> JSONResponse:
    async def once(tx: Tx) -> OperationOut:
        return await reads.show_operation(tx, await accept(tx, call.body, number), call.language)

    accepted = await call.database.run(call.caller, call.act, once)
    call.request.app.state.turns.tell()
    where = {"Location": f"/v1/operations/{accepted.id}"}
    return JSONResponse(accepted.model_dump(mode="json"), 202, headers=where)


@router.get("/v1/operations/{operation_id}", summary="Tiến độ và kết quả · Progress and results of an operation")
async def read_operation(operation_id: UUID, call: Follows) -> OperationOut:
    """Chỉ ứng dụng đã gửi đọc được; khi xong có kết quả từng dòng. · For the client that sent it alone; with every
    line's result once it is done. Kept for 30 days."""
    return await call.read(lambda tx: reads.show_operation(tx, operation_id, call.language))
