"""What a refused request leaves in the journal: one entry, alike for what is hidden and what is missing."""

from uuid import UUID

from app.auth.call import OFFICER, Call
from app.caller import Act
from app.journal import Subject, record_refusal
from app.problems import Problem


async def record_refused(call: Call, problem: Problem) -> None:
    """Leaves the one audit entry of a refusal. The id is the last of the path, whether or not it leads anywhere."""
    request = call.request
    wanted = next(reversed(request.path_params.values()), None)
    act = Act(
        call.act.request_id,
        call.act.officer if OFFICER.fullmatch(call.act.officer or "") else None,
        call.act.purpose if call.act.purpose in call.purposes else None,
    )
    route = request.scope["route"].path
    facts = {"code": problem.code, "status": problem.status, "method": request.method, "route": route}
    await record_refusal(call.database, call.caller, act, Subject("request", _as_uuid(wanted)), **facts)


def _as_uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
