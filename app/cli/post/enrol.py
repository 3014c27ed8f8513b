"""`post enrol`, `post doctor`: who this post is, and whether all is well with it."""

import json
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import refuse, say, show
from app.cli.post.opening import DEFAULT_FOLDER, NOT_ENROLLED, UNUSABLE, WAITS, Folder, ask_pin, line_of, opened
from app.client.keys import UnusableKeyError
from app.post import enrolment, lock, outbox, wording
from app.post.enrolment import KeyReplacedError, NotEnrolledError, Profile, UnsafeUrlError, UnusableOfficerError
from app.post.line import PassingError
from app.post.outbox import Outbox

_JWK = Path("post.jwk.json")


def enrol(
    url: Annotated[str, typer.Option(help="Địa chỉ dịch vụ · The service's address")],
    client: Annotated[str, typer.Option(help="Mã hệ thống của trạm · The post's client id")],
    officer: Annotated[str, typer.Option(help="Mã cán bộ, không phải họ tên · Staff id, not a name")],
    *,
    key: Annotated[
        Path | None, typer.Option(exists=True, help="Khóa đã đăng ký (PEM) · A key registered already; else a new one")
    ] = None,
    jwk: Annotated[Path, typer.Option(help="Nơi ghi khóa công khai · Where the public key is put")] = _JWK,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Lập trạm và ghi nhận với dịch vụ; chạy lại để đổi · Set up a post; run again to change it."""
    box = _new_or_opened(folder)
    try:
        profile = Profile(url.rstrip("/"), client, officer)
        enrolment.prepare(box, profile, key.read_bytes() if key else None)
        with line_of(box) as line:
            known = enrolment.enrol(box, line, line.clock)
    except UnsafeUrlError:
        refuse("Chỉ https, hoặc http tới chính máy này. · Only https, or http to this machine.", UNUSABLE)
    except UnusableOfficerError:
        refuse("Mã cán bộ: 1–64 ký tự A–Z a–z 0–9 . _ - · The officer: 1–64 of A–Z a–z 0–9 . _ -", UNUSABLE)
    except UnusableKeyError as error:
        refuse(f"Khóa không dùng được. · The key is not usable: {error}", UNUSABLE)
    except KeyReplacedError:
        refuse("Dịch vụ nêu khóa không khớp tên. · The service states a key under a wrong name.", UNUSABLE)
    except PassingError as why:
        _hand_in(box, jwk, wording.reason({"code": why.code}))
    say(f"Trạm của · A post of: {known.organisation} ({known.organisation_id})")
    say(f"Nơi nhận gói · Recipient of bundles: {enrolment.recipient(box)}")


def _new_or_opened(folder: Path) -> Outbox:
    pin = ask_pin()
    try:
        return outbox.create(folder, pin)
    except FileExistsError:
        return opened(folder, pin)
    except lock.ShortPinError:
        refuse(f"PIN cần ít nhất {lock.SHORTEST_PIN} ký tự. · A PIN has at least {lock.SHORTEST_PIN}.", UNUSABLE)


def _hand_in(box: Outbox, jwk: Path, why: str) -> None:
    jwk.write_text(json.dumps(dict(enrolment.key_of(box).jwk)) + "\n", "utf-8")
    refuse(
        f"{why}\nKhóa công khai ở {jwk}: gửi người quản trị đăng ký. Ghi hồ sơ được ngay, đăng ký xong sẽ gửi được. · "
        f"The public key is in {jwk}: have it registered. Records can be taken now and are sent once it is.",
        WAITS,
    )


def doctor(folder: Folder = DEFAULT_FOLDER) -> None:
    """Kiểm tra trạm: tệp, khóa, đồng hồ, đường truyền · Check the post: file, keys, clock, line."""
    box = opened(folder)
    found = [("tệp · file", _file(folder)), *_identity(box), *_line(box)]
    counts = {state: sum(1 for _ in box.items(state)) for state in ("draft", "ready", "parked")}
    found.append(("bản ghi · records", ", ".join(f"{state}: {count}" for state, count in counts.items())))
    found.append(("biên nhận · receipts", str(sum(1 for _ in box.receipts()))))
    show(("mục · what", "tình trạng · state"), found)


def _file(folder: Path) -> str:
    db = outbox.connect(folder)
    try:
        return str(db.execute("pragma integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return f"HỎNG, hãy phục hồi · DAMAGED, restore it: {error}"


def _identity(box: Outbox) -> list[tuple[str, str]]:
    try:
        profile = enrolment.load(box)
    except NotEnrolledError:
        refuse(NOT_ENROLLED, UNUSABLE)
    return [
        ("dịch vụ · service", profile.url),
        ("hệ thống · client", profile.client_id),
        ("khóa · key", enrolment.key_of(box).kid),
        ("cơ quan · organisation", profile.organisation or NOT_ENROLLED),
        ("khóa biên nhận · receipt keys", ", ".join(jwk["kid"][:12] for jwk in profile.jwks) or NOT_ENROLLED),
        ("nơi nhận gói · bundle recipient", enrolment.recipient(box)),
    ]


def _line(box: Outbox) -> list[tuple[str, str]]:
    with line_of(box) as line:
        try:
            enrolment.enrol(box, line, line.clock)
            said = "tốt · good"
        except PassingError as why:
            said = wording.reason({"code": why.code})
        except KeyReplacedError:
            said = "Dịch vụ nêu khóa không khớp tên, hãy báo người quản trị. · A key under a wrong name: tell somebody."
        return [("đường truyền · line", said), ("đồng hồ lệch · clock off by", f"{line.clock.offset:+.0f} s")]
