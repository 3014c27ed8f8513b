"""What an officer is told, Vietnamese first: why a record waits or is parked, and what to do about it."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.post.questions import question
from app.problems import CATALOGUE, RULES

_WAITS = {
    "new": ("Chờ gửi", "Waits to be sent"),
    "unreachable": ("Chưa có mạng, sẽ tự gửi lại", "No network, will be tried again"),
    "unexpected_answer": (
        "Trên đường truyền có máy khác trả lời thay dịch vụ, sẽ tự gửi lại",
        "Something on the line answers in the service's place, will be tried again",
    ),
    "not_admitted": (
        "Dịch vụ chưa nhận trạm này, hãy báo người quản trị; sẽ tự gửi lại",
        "The service does not admit this post, tell the administrator; will be tried again",
    ),
    "too_many_requests": ("Dịch vụ bảo chờ, sẽ tự gửi lại", "The service says wait, will be tried again"),
    "service_fault": ("Dịch vụ đang có lỗi, sẽ tự gửi lại", "A fault of the service, will be tried again"),
    "receipt_unbelievable": (
        "Biên nhận không đúng chữ ký hoặc nội dung, bản ghi được giữ lại; hãy báo người quản trị",
        "The receipt has not the right signature or content, the record is kept; tell the administrator",
    ),
}
_PARKED = {
    "not_complete": ("Còn câu trả lời thiếu hoặc sai: chọn sửa", "Answers are missing or wrong: fix"),
    "intake_conflict": (
        "Mã này đã nhận một bản ghi khác nội dung. Nếu là người khác: sửa với --new-id. Nếu là cùng người: bản đã nhận "
        "không đổi, hãy gửi bổ sung cho bản đó",
        "This id was accepted with other content. Another person: fix with --new-id. The same person: the accepted "
        "record stands, send a supplement to it",
    ),
    "record_erased": (
        "Bản ghi mang mã này đã bị xóa theo quy định. Chỉ gửi lại nếu là bản ghi khác: sửa với --new-id",
        "The record of this id was erased. Send it only if it is another record: fix with --new-id",
    ),
}
NEEDS_NEW_ID = frozenset({"intake_conflict", "record_erased"})


def reason(problem: Mapping[str, Any] | None) -> str:
    """One line for a record: what it waits for, or why it is parked."""
    code = "new" if problem is None else str(problem.get("code"))
    vi, en = _WAITS.get(code) or _PARKED.get(code) or _of_the_service(code, problem or {})
    return f"{vi}. · {en}."


def faults(problem: Mapping[str, Any] | None) -> Iterator[str]:
    """Each finding: the question, or the place in the record, and the rule."""
    for error in (problem or {}).get("errors") or ():
        pointer, code = str(error.get("pointer", "")), str(error.get("code", ""))
        asked = question(pointer)
        yield f"{asked.vi if asked else pointer}: {rule(code)}"


def rule(code: str) -> str:
    known = RULES.get(code)
    return f"{known['vi']} · {known['en']}" if known else code


def _of_the_service(code: str, problem: Mapping[str, Any]) -> tuple[str, str]:
    """A code younger than this program has the words that came with it."""
    known = CATALOGUE.get(code)
    if known is None:
        told = str(problem.get("title") or code)
        return told, told
    return known.title["vi"], known.title["en"]
