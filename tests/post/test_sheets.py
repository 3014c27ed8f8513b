"""Tables and JSON Lines come in whole: good rows ready, bad ones parked with every answer, the same file twice once."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import Workbook

from app.intakes.schemas import IntakeIn
from app.post import outbox, sheets
from app.post.clock import Clock
from app.post.outbox import Outbox
from app.post.sheets import UnreadableTableError, take_in, template
from tests.factories import an_intake
from tests.post.ground import PIN, a_record

HEADER = ["ref", "channel", "Tiếp nhận lúc nào?", "province", "full_name", "Giới tính", "minor.1.full_name", "note"]
ROWS: list[list[Any]] = [
    ["A1", "self_return_border", "20/11/2026 22:41", "15", "Lò Thị Mỷ", "Nữ", "", ""],
    ["A2", "Tự trở về, khu vực biên giới", "20/11/2026 23:00", 1, "Giàng A Páo", "male", "Giàng Thị Xua", "?"],
    ["A3", "nonsense", "20/11/2026 23:00", "15", "Ai Đó", "", "", ""],
    ["A4", "self_return_border", "", "15", "Không rõ giờ", "", "", ""],
]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox.create(tmp_path / "post", PIN)
    yield made
    made.close()


def as_csv(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *rows])
    return path


def as_xlsx(folder: Path, rows: list[list[Any]]) -> Path:
    book = Workbook()
    for row in [HEADER, *rows]:
        book.worksheets[0].append(row)
    book.save(folder / "rows.xlsx")
    return folder / "rows.xlsx"


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_good_rows_are_ready_and_bad_ones_parked_with_their_answers(box: Outbox, tmp_path: Path, write: Any) -> None:
    report = take_in(box, write(tmp_path, ROWS), Clock())
    assert (report.new, report.known, report.ignored) == (4, 0, ["note"])
    assert report.parked == {4: {"channel": "unknown_code"}, 5: {"received_at": "required"}}
    first, second = list(box.items("ready"))
    assert (second.body or {})["place"] == {"province_code": "01"}
    assert (second.body or {})["accompanying_minors"] == [{"full_name": "Giàng Thị Xua"}]
    assert all(IntakeIn.model_validate(item.body) for item in (first, second))
    assert {item.id.version for item in box.items()} == {8}
    third, _ = list(box.items("parked"))
    assert third.answers
    assert third.answers["full_name"] == "Ai Đó"
    again = take_in(box, write(tmp_path, ROWS), Clock())
    assert (again.new, again.known, again.changed) == (0, 4, [])


def test_a_row_changed_under_its_number_is_told_and_left_as_it_is(box: Outbox, tmp_path: Path) -> None:
    take_in(box, as_csv(tmp_path, ROWS), Clock())
    changed = [[*ROWS[0][:4], "Lò Thị Mỵ", *ROWS[0][5:]], *ROWS[1:]]
    report = take_in(box, as_csv(tmp_path, changed), Clock())
    assert (report.new, report.known, report.changed) == (0, 3, [2])
    first = next(box.items("ready"))
    assert (first.body or {})["person"]["full_name"] == "Lò Thị Mỷ"


def test_equal_rows_without_a_number_are_two_records(box: Outbox, tmp_path: Path) -> None:
    row = ["", *ROWS[0][1:]]
    report = take_in(box, as_csv(tmp_path, [row, row]), Clock())
    assert report.new == 2
    assert take_in(box, as_csv(tmp_path, [row, row]), Clock()).known == 2


def test_json_lines_are_bodies_of_the_contract(box: Outbox, tmp_path: Path) -> None:
    known, path = str(uuid4()), tmp_path / "rows.jsonl"
    lines = [json.dumps({"id": known, **an_intake()}), "", "[1]", "{", json.dumps(a_record()), '{"id": 7}']
    path.write_text("\n".join(lines), "utf-8")
    report = take_in(box, path, Clock())
    assert (report.new, report.unreadable) == (2, [3, 4, 6])
    item = box.find(UUID(known))
    assert item
    assert item.body == an_intake()
    assert item.urgent
    assert take_in(box, path, Clock()).known == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK no zip"),
        ("a.csv", b"\xff\xfe\x00channel"),
        ("a.csv", b""),
        ("a.csv", b"name;age\nA;7\n"),
        ("a.jsonl", b"\xff"),
    ],
)
def test_what_is_no_table_takes_nothing_in(box: Outbox, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableTableError):
        take_in(box, tmp_path / name, Clock())
    assert not list(box.items())


def test_the_template_has_a_column_for_every_question() -> None:
    assert template()[:3] == ["ref", "channel", "channel_text"]
    assert {"minor.1.full_name", "document.1.number", "text"} <= set(template())
    assert sheets.BOUNDS.rows == 20_000
