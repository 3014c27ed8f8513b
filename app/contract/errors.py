"""The page docs/errors.md: how a refusal looks, what to do about each, and which may be sent again as they are."""

import json
from uuid import UUID

from app import refusals  # noqa: F401, whose problems are of the catalogue too
from app.contract.components import HEADERS_OF
from app.problems import CATALOGUE, Problem, Unauthenticated, render

_REQUEST = UUID("3f1c9a52-7d0e-4a43-9d5b-3c8e21f4a901")
_TOP = """\
# Từ chối và gửi lại · Refusals and retries

Trang này được tạo từ mã nguồn: `./referral docs`. · This page is made from the code: `./referral docs`.

## Một lời từ chối trông thế nào · What a refusal looks like

```sh
curl -sS http://127.0.0.1:8000/v1/cases -H 'Accept-Language: {language}'
```

```json
{example}
```

- Mọi từ chối là `application/problem+json` (RFC 9457), kể cả 404, 405, 413, 500. · Every refusal is a problem of RFC
  9457, those of 404, 405, 413 and 500 too.
- Chương trình chỉ dựa vào `code` và `status`: chúng không đổi theo ngôn ngữ. `title`, `detail`, `message` là lời cho
  người đọc. · Programs go by `code` and `status` alone, which do not vary by language; `title`, `detail` and `message`
  are words for people.
- `errors` chỉ chỗ sai: JSON pointer, `header:Tên` hoặc `query:tên`. Điều bạn gửi không bao giờ được lặp lại. · `errors`
  names the place: a JSON pointer, `header:Name` or `query:name`. What you sent is never repeated.
- `instance` là mã của yêu cầu: nêu nó khi hỏi. · `instance` is the request: quote it when you ask.
- Sẽ có thêm mã mới: mã lạ thì xử lý theo `status`. · New codes will come: treat one you do not know by its `status`.
- Bản ghi bị che và bản ghi không có đều là 404 như nhau. · What is hidden and what does not exist are the same 404.

## Gửi lại · Sending again

- Mất câu trả lời? Gửi lại y nguyên: cùng mã trong `PUT`, cùng `Idempotency-Key` trong `POST`; việc chỉ làm một lần. ·
  Lost the answer? Send the same again, with the same id of a `PUT` or the same `Idempotency-Key` of a `POST`: it is
  done once.
- `Retry-After` cho biết số giây nên chờ; nếu không có: 1, 2, 4, 8… giây, tối đa 5 phút, cộng thời gian ngẫu nhiên. ·
  Wait the seconds of `Retry-After`; without it 1, 2, 4, 8… seconds, 5 minutes at most, plus a random time.
- Với bản ghi tiếp nhận không có giới hạn số lần: đừng bao giờ bỏ một bản ghi chưa có biên nhận. · For intakes there is
  no limit of tries: never drop one without its receipt.
- `retryable: false`: gửi lại y nguyên sẽ bị từ chối như cũ; hãy sửa theo `detail`. · The same will be refused again:
  mend it as `detail` says.

## Mọi mã · Every code

{count} mã, cũng ở `/problems` của dịch vụ. · {count} codes, also at `/problems` of the service.

| status | code | gửi lại y nguyên · the same again | phải làm gì · what to do |
|---|---|---|---|
"""


def errors_page() -> str:
    """Markdown, in both languages; one row for each problem of the catalogue."""
    shown = json.dumps(render(Unauthenticated(), "en", _REQUEST), ensure_ascii=False, indent=2)
    top = _TOP.format(language="en", example=shown, count=len(CATALOGUE))
    ordered = sorted(CATALOGUE.values(), key=lambda problem: (problem.status, problem.code))
    return top + "".join(map(_row, ordered))


def _row(problem: type[Problem]) -> str:
    cells = (
        str(problem.status),
        f"`{problem.code}`",
        _again(problem),
        f"{problem.detail['vi']} · {problem.detail['en']}",
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _again(problem: type[Problem]) -> str:
    if "Retry-After" in HEADERS_OF.get(problem.code, ()):
        return "sau `Retry-After` · after `Retry-After`"
    return "được, chờ lâu dần · yes, waiting longer each time" if problem.retryable else "không · no"
