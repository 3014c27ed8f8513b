"""The commands as an officer meets them: enrolment in two steps, a wrong PIN, why a record waits, and mending it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from app.cli.post import commands
from app.post import outbox
from app.post.outbox import Item
from app.post.sending import Tally
from tests.personas import PERSONAS
from tests.post.ground import BORDER, PIN, Ground, Post, a_record, balance

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("status", "--post", …)`, with the PIN in the environment unless it is typed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFERRAL_POST_PIN", PIN)

    def command(*words: str, folder: Path | None = None, typed: str = "", code: int = 0) -> Result:
        option = ["--post", str(folder)] if folder else []
        result = CliRunner().invoke(commands, [*words, *option], input=typed)
        assert result.exit_code == code, result.output
        return result

    return command


def test_a_post_takes_records_before_it_is_registered_and_sends_them_after(
    ground: Ground, run: Run, tmp_path: Path
) -> None:
    enrol = ("enrol", "--url", ground.relay.url, "--client", "new-post", "--officer", "cb-1")
    assert "post.jwk.json" in run(*enrol, code=1).output
    (tmp_path / "rows.jsonl").write_text(json.dumps(a_record()), "utf-8")
    run("import", "rows.jsonl")
    assert "Dịch vụ chưa nhận trạm này" in run("send", code=1).output
    ground.fetch(
        "insert into clients (id, organisation_id, name, mode, scopes, dpop_required)"
        " select 'new-post', organisation_id, 'new-post', mode, scopes, true from clients where id = $1",
        BORDER,
    )
    jwk = json.loads((tmp_path / "post.jwk.json").read_text("utf-8"))
    insert = "insert into client_keys (client_id, kid, jwk) values ('new-post', $1, $2)"
    ground.fetch(insert, jwk["kid"], json.dumps(jwk))
    try:
        assert "đã gửi · sent: 1" in run("send").output
        assert str(PERSONAS[BORDER].id) in run(*enrol).output
        assert len(ground.stored()) == 1
        assert "age1" in run("doctor").output
    finally:
        for table in ("assertion_uses", "client_keys"):
            ground.fetch(f"delete from {table} where client_id = 'new-post'")  # noqa: S608 - named above
        ground.fetch("delete from clients where id = 'new-post'")


def test_another_key_or_address_is_refused_before_anything_is_sent(run: Run, tmp_path: Path) -> None:
    enrol = ("enrol", "--client", "x", "--officer", "cb-1", "--url")
    assert "https" in run(*enrol, "http://service.example", code=2).output
    badly = ("enrol", "--client", "x", "--officer", "Nguyễn Văn A", "--url", "http://127.0.0.1:1")
    assert "Mã cán bộ" in run(*badly, code=2).output
    (tmp_path / "no.pem").write_text("no key", "utf-8")
    assert "Khóa" in run(*enrol, "http://127.0.0.1:1", "--key", "no.pem", code=2).output
    assert "post enrol" in run("status", folder=tmp_path / "nowhere", code=2).output


def test_a_wrong_pin_is_told_and_then_costs_time(ground: Ground, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    post = ground.post()
    monkeypatch.setenv("REFERRAL_POST_PIN", "000000")
    for _ in range(3):
        assert "Sai PIN. · Wrong PIN." in run("status", folder=post.folder, code=2).output
    assert "chờ" in run("status", folder=post.folder, code=2).output


def test_status_says_why_and_names_nobody(ground: Ground, run: Run) -> None:
    post = ground.post()
    post.confirm(a_record(channel="no_such_channel", person={"full_name": "Nguyễn Thị Hoa"}))
    waiting = post.confirm()
    post.sender.walk()
    assert post.box.find(waiting) is None
    said = run("status", folder=post.folder).output
    assert "CẦN SỬA" in said
    assert "Mã không có trong danh mục" in said
    assert "Hoa" not in said


def parked(post: Post, problem: dict[str, Any], **changes: Any) -> UUID:
    item = Item(uuid4(), "parked", body=a_record(**changes), problem=problem)
    assert post.box.add(item)
    return item.id


def test_a_parked_record_is_mended_in_the_form_and_goes(ground: Ground, run: Run) -> None:
    post = ground.post()
    errors = [{"pointer": "/channel", "code": "unknown_code"}]
    wrong = parked(post, {"code": "validation_failed", "errors": errors}, channel="no_such_channel")
    said = run("fix", str(wrong)[:8], folder=post.folder, typed="2\n" + "\n" * 31 + "c\n").output
    assert "/channel: Mã không có trong danh mục" in said
    post.send_until_done()
    assert balance(ground, [wrong], post.box).is_right


def test_a_conflict_needs_a_new_id_and_says_so(ground: Ground, run: Run) -> None:
    post = ground.post()
    taken = parked(post, {"code": "intake_conflict", "errors": []})
    said = run("fix", str(taken)[:8], folder=post.folder, code=3).output
    assert "--new-id" in said
    assert "bổ sung" in said
    run("fix", str(taken)[:8], "--new-id", folder=post.folder, typed="\n" * 32 + "c\n")
    (ready,) = post.box.items("ready")
    assert ready.id != taken


def test_watching_goes_on_until_it_is_stopped(ground: Ground) -> None:
    post = ground.post()
    ids = [post.confirm()]
    told: list[tuple[Tally, float]] = []

    def rest(_: float) -> None:
        if len(told) == 3:
            raise KeyboardInterrupt
        ids.append(post.confirm())

    with pytest.raises(KeyboardInterrupt):
        post.sender.watch(rest, lambda tally, seconds: told.append((tally, seconds)))
    assert [tally.sent for tally, _ in told] == [1, 1, 1]
    assert balance(ground, ids, post.box).is_right


def test_the_pauses_grow_are_spread_and_end_at_a_quarter_of_an_hour(ground: Ground) -> None:
    post = ground.post()
    post.sender.chance = lambda least, most: most
    assert [post.sender._backoff(tries) for tries in (0, 1, 2, 30)] == [2.0, 4.0, 8.0, 900.0]
    ranges: list[tuple[float, float]] = []
    post.sender.chance = lambda least, most: ranges.append((least, most)) or most  # type: ignore[func-returns-value]
    post.sender._backoff(3)
    assert ranges == [(8.0, 16.0)]


def test_two_processes_with_one_file_do_not_lose_each_others_answers(tmp_path: Path) -> None:
    one = outbox.create(tmp_path, PIN)
    two = outbox.unlock(tmp_path, PIN)
    item = one.open_draft({"channel": "other"})
    two.answer(item.id, "sex", "female")
    one.answer(item.id, "full_name", "A")
    found = two.find(item.id)
    assert found
    assert found.answers == {"channel": "other", "sex": "female", "full_name": "A"}
    with pytest.raises(outbox.GoneError):
        two.answer(uuid4(), "sex", "male")
    one.close()
    two.close()
