"""The form in the terminal, and the questions that every form has: complete, kept at once, taken by the service."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.intakes.schemas import IntakeIn
from app.post import outbox
from app.post.answers import Fault, answers_of, body_of, choices, digest_of, parse
from app.post.clock import Clock
from app.post.outbox import Item, Outbox
from app.post.questions import Question, asked, columns, is_urgent, question, questions
from app.post.reopening import reopen
from app.post.terminal import Form
from app.safejson import fingerprint
from app.safejson import parse as parse_json
from tests.factories import an_intake
from tests.post.ground import PIN

CLOCK = Clock()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox.create(tmp_path, PIN)
    yield made
    made.close()


class Officer:
    """Answers what is asked for by the beginning of the question; everything else with an empty line."""

    def __init__(self, box: Outbox, said: dict[str, list[str]]) -> None:
        self.said = said
        self.heard: list[str] = []
        self.shown: list[str] = []
        self.form = Form(box, CLOCK, self.ask, self.shown.append)

    def ask(self, prompt: str) -> str:
        self.heard.append(prompt)
        found = next((answers for words, answers in self.said.items() if prompt.startswith(words) and answers), None)
        return found.pop(0) if found else ""


def test_a_form_is_asked_in_order_looked_over_and_confirmed(box: Outbox) -> None:
    item = box.open_draft({})
    said = {
        "Tiếp nhận qua kênh": ["không rõ", "2"],
        "Tỉnh": ["Lào Cai"],
        "Họ và tên *": ["never asked so"],
        "Họ và tên ·": ["Nguyễn Thị Hoa"],
        "Ngày, tháng hoặc năm sinh (": ["17/5/1994"],
        "Quốc tịch ·": ["Việt Nam"],
        "Có mấy trẻ": ["1"],
        "Giới tính của trẻ": ["nữ"],
        "Lưu ý": ["1; 2"],
        "Xác nhận": ["c"],
    }
    officer = Officer(box, said)
    assert officer.form.fill(item.id)
    kept = box.find(item.id)
    assert kept
    assert (kept.state, kept.urgent) == ("ready", True)
    body = dict(kept.body or {})
    assert body["person"] == {"full_name": "Nguyễn Thị Hoa", "birth_date": "1994-05-17", "nationalities": ["VN"]}
    assert body["accompanying_minors"] == [{"sex": "female"}]
    assert body["place"] == {"province_code": "15"}
    assert IntakeIn.model_validate(body)
    assert any("Mã không có trong danh mục" in line for line in officer.shown)
    assert "  Họ và tên: Nguyễn Thị Hoa" in officer.shown


def test_every_answer_is_kept_before_the_next_question(box: Outbox) -> None:
    item = box.open_draft({})
    officer = Officer(box, {"Tiếp nhận qua kênh": ["2"], "Tỉnh": ["15"]})
    seen: list[dict[str, str]] = []

    def ask(prompt: str) -> str:
        found = box.find(item.id)
        assert found
        seen.append(dict(found.answers or {}))
        if len(seen) == 4:
            raise KeyboardInterrupt
        return officer.ask(prompt)

    officer.form.ask = ask
    with pytest.raises(KeyboardInterrupt):
        officer.form.fill(item.id)
    assert [set(each) for each in seen] == [
        set(),
        {"channel"},
        {"channel", "received_at"},
        {"channel", "received_at", "province"},
    ]


def test_an_officer_may_go_back_and_take_an_answer_back(box: Outbox) -> None:
    item = box.open_draft({})
    said = {"Tiếp nhận qua kênh": ["2", "3"], "Tiếp nhận lúc": ["<", ""], "Họ và tên ·": ["A", "-"], "Tên gọi": ["<"]}
    Officer(box, said).form.fill(item.id)
    kept = box.find(item.id)
    assert kept
    assert kept.state == "draft"
    assert (kept.answers or {})["channel"] == "self_return_inland"
    assert "full_name" not in (kept.answers or {})


def test_who_declines_is_not_asked_a_name() -> None:
    keys = {each.key for each in questions({"record_mode": "minimal"})}
    assert "age_band" in keys
    assert not keys & {"full_name", "minors", "statement", "reporter_name", "place"}
    answers = {"channel": "self_return_border", "received_at": "20/11/2026 08:00", "record_mode": "minimal"}
    body, faults = body_of({**answers, "age_band": "30_38", "full_name": "Left over"}, {}, CLOCK)
    assert not faults
    assert IntakeIn.model_validate(body).person is None


def an_answer(one: Question) -> str:
    texts = {"moment": "20/11/2026 22:41", "partial_date": "5/1994", "number": str(max(one.least, 2)), "yes": "có"}
    if one.list:
        return next(each.code for each in choices(one, CLOCK.day()) if each.code != "other")
    return texts.get(one.kind, "Chữ")


def test_the_service_takes_every_question_answered() -> None:
    answers: dict[str, str] = {"handling": "immediate_danger", "documents": "1", "minors": "2", "declines": "police"}
    for _ in range(3):
        answers = {**{each.key: an_answer(each) for each in questions(answers)}, **answers, "record_mode": "full"}
    answers.pop("country", None)
    answers["respond_by"] = "2026-11-20T23:41:00+07:00"
    body, faults = body_of(answers, {}, CLOCK)
    assert not faults
    assert IntakeIn.model_validate(body)
    again, rest = answers_of(body, CLOCK)
    assert rest == {"schema_version": "1.0"}
    assert body_of(again, rest, CLOCK) == (body, {})


def test_a_record_that_came_whole_is_taken_apart_and_comes_together_again(box: Outbox) -> None:
    whole = an_intake(case_id="6b1f0c52-7d0e-8a43-9d5b-3c8e21f4a901")
    answers, rest = answers_of(whole, CLOCK)
    assert rest["case_id"] == whole["case_id"]
    body, faults = body_of(answers, rest, CLOCK)
    assert not faults
    assert {**body, "record_mode": 0, "subject": 0} == {
        **whole,
        "person": {name: value for name, value in whole["person"].items() if value},
        "record_mode": 0,
        "subject": 0,
    }
    item = Item(UUID(int=1), "parked", body=whole, problem={"code": "intake_conflict"})
    box.add(item)
    draft = reopen(box, item, new_id=True)
    assert draft.id != item.id
    assert draft.id.version == 4
    assert box.find(item.id) is None


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("birth_date", "1994", "1994"),
        ("birth_date", "5/1994", "1994-05"),
        ("birth_date", "1994-05-17", "1994-05-17"),
        ("received_at", "20/11/2026 22:41", "2026-11-20T22:41:00+07:00"),
        ("received_at", "2026-11-20T22:41:00+09:00", "2026-11-20T22:41:00+09:00"),
        ("province", "1", "01"),
        ("province", "lào cai", "15"),
        ("sex", "Female", "female"),
        ("other_names", "A; B;A", ["A", "B"]),
        ("full_name", "Nguye\u0302\u0303n", "Nguyễn"),
        ("reporter_contact", "Không", False),
    ],
)
def test_an_answer_is_understood_as_officers_write_it(key: str, text: str, value: object) -> None:
    asked_for = question(key)
    assert asked_for
    assert parse(asked_for, text, CLOCK) == value


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("birth_date", "31/02/1994", "invalid_date"),
        ("birth_date", "12/25/1994", "invalid_date"),
        ("received_at", "hôm qua", "invalid_date"),
        ("received_at", "40/11/2026 22:41", "invalid_date"),
        ("received_at", "2026-11-20T22:41:00", "offset_required"),
        ("channel", "nonsense", "unknown_code"),
        ("minors", "21", "out_of_range"),
        ("minors", "²", "wrong_type"),
        ("full_name", "A" * 201, "too_long"),
        ("full_name", "A\u202eB", "invalid_value"),
        ("document.1.type", "diplomatic_note", "unknown_code"),
    ],
)
def test_what_nobody_could_send_is_told_at_once(key: str, text: str, code: str) -> None:
    asked_for = question(key)
    assert asked_for
    with pytest.raises(Fault) as found:
        parse(asked_for, text, CLOCK)
    assert found.value.code == code


def test_a_clock_that_is_wrong_refuses_nothing() -> None:
    for days in (-20_000, -4000, -3, 3, 4000):
        clock = Clock(machine=lambda days=days: CLOCK.now() + days * 86_400)  # type: ignore[misc]
        body, faults = body_of(
            {"channel": "hotline_111", "received_at": "20/11/2026 22:41", "birth_date": "20/11/2026"}, {}, clock
        )
        assert (faults, body["channel"]) == ({}, "hotline_111")


def test_a_clock_that_was_set_back_overnight_is_told_and_never_goes_before_what_was_heard() -> None:
    clock = Clock(machine=lambda: 0.0, offset=1.0, latest=1_790_000_000.0)
    assert clock.is_off()
    assert "chậm" in clock.warning()
    assert clock.moment().year == 2026


def test_the_digest_is_the_one_that_the_service_computes() -> None:
    body = {**an_intake(), "text": "Nguye\u0302\u0303n\n", "group_size": 3}
    assert digest_of(body) == fingerprint(parse_json(json.dumps(body, ensure_ascii=False).encode()))


def test_keys_are_unique_and_every_place_and_condition_exists() -> None:
    every = list(columns())
    assert len({each.key for each in every}) == len(every)
    assert len({each.at for each in every if each.at}) == len([each for each in every if each.at])
    assert all(question(key) for each in every for key in each.only_if)
    assert all(section.questions for section in asked({"minors": "1", "documents": "1"}))
    assert not is_urgent({"handling": {"immediate_danger": 1}, "urgent_needs": []})
