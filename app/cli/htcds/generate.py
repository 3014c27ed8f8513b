"""HTCDS rows for trials: as varied, as precise and as faulty as real files are. Nobody in them exists.

The same seed gives the same rows. Attributes of exploitation come from the CTDC-derived sample when it is given (it is
synthetic itself and says nothing about Viet Nam), else from the standard's lists by chance.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import normalize

from openpyxl import Workbook, load_workbook

from app.cli.htcds.standard import STANDARD
from app.cli.htcds.workbook import BOUNDS, UnreadableFileError, layout
from app.spreadsheets import grid_of

Record = dict[str, Any]
"""Field name → cell: text, number, date or Boolean. An empty one is an empty line."""

_EMPTY_EVERY, _REPEATED_EVERY, _REPEATED_LATER = 25, 20, 13
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đặng", "Bùi", "Lò", "Vừ", "Giàng", "Thào", "Lý", "Hà", "Nông", "Đinh")
_FEMALE = ("Thị Hoa", "Thị Ánh", "Thị Mỷ", "Thị Hồng Nhung", "Ngọc Ánh", "Thị Pà", "Thùy Dương", "Thị Kiều", "Mai Đào")
_MALE = ("Văn Sơn", "A Páo", "Đức Thịnh", "Quốc Bảo", "Văn Tường", "A Chớ", "Hữu Nghĩa", "Minh Đức")
_PLACES = (
    ("Tổ 3, phường Cốc Lếu", "Lào Cai", "Lào Cai", "31000"),
    ("Bản Phùng", "Sa Pa", "Lao Cai", ""),
    ("Xóm 5, xã Nậm Cắn", "Kỳ Sơn", "Nghệ An", ""),
    ("Số 12 ngõ 4 đường Trần Phú", "Lạng Sơn", "Lạng Sơn", "25000"),
    ("", "", "Hà Giang", ""),
    ("Ấp 2", "Hồng Ngự", "Đồng Tháp", ""),
)
_FOREIGNERS = (("Somchai", "Saelee", "LAO"), ("Sophea", "Chan", "KH"), ("Mary Joy", "Santos", "Philippines"))
_RECRUITED = ("ThroughOnlineSocialNetworks", "ThroughFriendsOrSocialEvents", "ThroughFamilyOrFamilyEvents", "AtWork")
_EXPLOITED_IN = ("Quảng Tây, Trung Quốc", "Sihanoukville, Campuchia", "Myawaddy, Myanmar", "Vân Nam, Trung Quốc")
_INDUSTRIES = ("C_Manufacturing", "F_Construction", "J_InformationAndCommunication", "A_AgricultureForestryAndFishing")
_STATUSES = ("PossibleVictimOfTrafficking", "ActualVictimOfTrafficking")

_CTDC_MEANS = {
    "Means Debt Bondage Earnings": "DebtBondage",
    "Means Threats": "PhysicalThreats",
    "Means Abuse": "PhysicalAbuse",
    "Means False Promises": "FalsePromises",
    "Means Drugs Alcohol": "PsychoactiveSubstance",
    "Means Deny Basic Needs": "WithholdsNecessities",
    "Means Excessive Work Hours": "ExcessiveWorkingHours",
    "Means Withhold Docs": "WithholdsDocuments",
}
_CTDC_AGES = {1: (5, 8), 2: (9, 17), 3: (18, 20), 4: (21, 23), 5: (24, 26), 6: (27, 29), 7: (30, 38), 8: (39, 47)}
_ANY_AGE = (9, 60)
_YEAR = 2026


@dataclass(frozen=True)
class _Attributes:
    gender: str
    ages: tuple[int, int]
    means: Sequence[str]
    types: Sequence[str]


def generate(rows: int, seed: int, ctdc: Path | None = None) -> list[Record]:
    """So many filled rows, and an empty line now and then."""
    chance = Random(seed)  # noqa: S311
    kinds = (list(_KINDS) * (rows // len(_KINDS) + 1))[:rows]
    chance.shuffle(kinds)
    sample = _read_ctdc(ctdc) if ctdc else None
    records: list[Record] = []
    for number, kind in enumerate(kinds, 1):
        record = _ordinary(chance, chance.choice(sample) if sample else _by_chance(chance))
        kind(record, chance)
        records.append(record)
        if number % _EMPTY_EVERY == 0:
            records.append({})
    return _with_repeats(records)


def _with_repeats(records: list[Record]) -> list[Record]:
    """Some rows twice, as happens when two people type from one list."""
    filled = [index for index, record in enumerate(records) if record]
    for first, second in zip(filled[::_REPEATED_EVERY], filled[_REPEATED_LATER::_REPEATED_EVERY], strict=False):
        records[second] = dict(records[first])
    return records


def _by_chance(chance: Random) -> _Attributes:
    means = [value.htcds for value in STANDARD.lists["vic_MethodsOfControl"].values]
    types = [value.htcds for value in STANDARD.lists["vic_TypeOfExploitation"].values]
    gender = chance.choice(("Feminine", "Feminine", "Masculine", "NonSpecifiedUnknown"))
    return _Attributes(gender, _ANY_AGE, chance.sample(means, chance.randint(0, 4)), [chance.choice(types)])


def _read_ctdc(path: Path) -> list[_Attributes]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_of_ctdc(line) for line in csv.DictReader(file)]


def _of_ctdc(line: Mapping[str, str]) -> _Attributes:
    gender = "Feminine" if line["Woman"] == "1" else "Masculine"
    types = {"isForcedLabour": "ForcedLabour", "isSexualExploit": "SexualExploitation"}
    return _Attributes(
        "NonConforming" if line["Trans/NonConforming"] == "1" else gender,
        _CTDC_AGES.get(int(line["Age Band"]), _ANY_AGE),
        [value for name, value in _CTDC_MEANS.items() if line[name] == "1"],
        [value for name, value in types.items() if line[name] == "1"],
    )


def _ordinary(chance: Random, known: _Attributes) -> Record:
    street, city, province, postal_code = chance.choice(_PLACES)
    born = date(_YEAR - chance.randint(*known.ages), chance.randint(1, 12), chance.randint(1, 28))
    record = {
        "prs_FirstName": chance.choice(_FEMALE if known.gender == "Feminine" else _MALE),
        "prs_SecondName": chance.choice(_FAMILY),
        "con_Consent": True,
        "prs_Birthdate": born,
        "prs_Gender": known.gender,
        "prs_Citizenship": "VN",
        "prs_MobilePhone": f"+84{chance.randint(900_000_000, 999_999_999)}",
        "prs_MailingStreet": street,
        "prs_MailingCity": city,
        "prs_MailingState": province,
        "prs_MailingPostalCode": postal_code,
        "prs_MailingCountry": "VN",
        "vic_TraffickingStatus": chance.choice(_STATUSES),
        "vic_TraffickingStatusDecisionMakingOrg": "Police",
        "vic_MethodOfRecruitment": chance.choice(_RECRUITED),
        "vic_MethodsOfControl": ";".join(known.means),
        "vic_TypeOfExploitation": ";".join(known.types),
        "vic_LocationOfExploitation": chance.choice(_EXPLOITED_IN),
        "cas_CaseOwner": f"Cán bộ {chance.randint(1, 9)}",
        "cas_Status": chance.choice(("Active", "FollowUp", "Closed")),
        "cas_ReasonForOutgoingReferral": chance.choice(("", "Cần nơi tạm lánh")),
    }
    if "SexualExploitation" in known.types and chance.random() < 0.5:
        record["vic_TypeOfSexExploitation"] = chance.choice(("Prostitution", "RemoteInteractiveServices"))
    if "ForcedLabour" in known.types:
        record["vic_ForcedLabourIndustry"] = chance.choice(_INDUSTRIES)
    return record


def _as_it_is(record: Record, _chance: Random) -> None:
    """Most rows have nothing special."""


def _decomposed(record: Record, _chance: Random) -> None:
    """As typed on a Mac: letters and marks apart (NFD)."""
    record.update({name: normalize("NFD", cell) for name, cell in record.items() if isinstance(cell, str)})


def _year_known(record: Record, chance: Random) -> None:
    year = record["prs_Birthdate"].year
    record["prs_Birthdate"] = chance.choice((year, str(year)))


def _month_known(record: Record, _chance: Random) -> None:
    record["prs_Birthdate"] = f"{record['prs_Birthdate']:%Y-%m}"


def _written_date(record: Record, _chance: Random) -> None:
    record["prs_Birthdate"] = f"{record['prs_Birthdate']:%d/%m/%Y}"


def _hardly_known(record: Record, _chance: Random) -> None:
    """A person without a name, an age or a paper."""
    for name in ("prs_FirstName", "prs_SecondName", "prs_Birthdate", "prs_Citizenship", "prs_MobilePhone"):
        del record[name]
    record["prs_Gender"] = "NonSpecifiedUnknown"


def _several_purposes(record: Record, chance: Random) -> None:
    types = (
        "ForcedLabour",
        "ForcedMarriage",
        "Surrogacy",
        "ForcedBegging",
        "OrganRemoval",
        "Servitude",
        "ForcedAdoption",
    )
    record["vic_TypeOfExploitation"] = ";".join(chance.sample(types, chance.randint(2, 3)))


def _unknown_codes(record: Record, chance: Random) -> None:
    record["vic_TypeOfExploitation"] = chance.choice(("ForcedScamming", "Lừa đảo trực tuyến", "ForcedCriminality"))
    record["vic_MethodsOfControl"] = "FalsePromises;Bán lại cho công ty khác"


def _other(record: Record, _chance: Random) -> None:
    record["vic_MethodsOfControl"] = record["vic_TypeOfExploitation"] = "Other"


def _two_nationalities(record: Record, _chance: Random) -> None:
    record["prs_Citizenship"] = "VN;CN"


def _foreign(record: Record, chance: Random) -> None:
    record["prs_FirstName"], record["prs_SecondName"], record["prs_Citizenship"] = chance.choice(_FOREIGNERS)


def _declined(record: Record, chance: Random) -> None:
    record["con_Consent"] = chance.choice((False, None))


def _impossible_date(record: Record, chance: Random) -> None:
    record["prs_Birthdate"] = chance.choice(("31/02/1999", "1999-13-05", "khoảng 20 tuổi", "12/25/1998", "#VALUE!"))


def _date_to_come(record: Record, _chance: Random) -> None:
    record["prs_Birthdate"] = date(2096, 5, 17)


def _unlisted_gender(record: Record, chance: Random) -> None:
    record["prs_Gender"] = chance.choice(("F", "Nữ giới", "Woman"))


def _unlisted_country(record: Record, chance: Random) -> None:
    record["prs_Citizenship"] = chance.choice(("XX", "Việt Nam Cộng", "Kinh"))


_KINDS: Sequence[Callable[[Record, Random], None]] = (
    *(_as_it_is,) * 4,
    *(_decomposed,) * 3,
    *(_year_known,) * 2,
    _month_known,
    _written_date,
    _hardly_known,
    *(_several_purposes,) * 2,
    _unknown_codes,
    _other,
    _two_nationalities,
    _foreign,
    _declined,
    _impossible_date,
    _date_to_come,
    _unlisted_gender,
    _unlisted_country,
)


def write_workbook(out: Path, records: Sequence[Record], template: Path | None = None) -> None:
    """Fills a copy of the published workbook, or one with the same headings.

    `UnreadableFileError` when the template lacks them.
    """
    book = load_workbook(template) if template else _blank()
    sheet = book.worksheets[0]
    found = layout(grid_of(sheet.iter_rows(max_row=3, values_only=True), BOUNDS.rows))
    if found is None:
        raise UnreadableFileError("Biểu mẫu không có tên cột HTCDS / The template has no HTCDS column names")
    for number, record in enumerate(records, found.last_row + 1):
        for index, field in found.columns.items():
            if record.get(field) not in (None, ""):
                sheet.cell(number, index + 1, record[field])
    book.save(out)


def _blank() -> Workbook:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([None, *STANDARD.template.names])
    sheet.append([None, *STANDARD.template.labels])
    return book
