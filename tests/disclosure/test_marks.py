"""The finder finds: every disguise of a canary is seen, and nothing is seen that was not planted."""

import base64
import hashlib
import json
import unicodedata
from urllib.parse import quote

import pytest

from app.vault import fold
from tests.disclosure.marks import Finder, nth_day

TEXT = "Đặng Thị Ửng zq0123456789ab"
DISGUISES = {
    "clear": TEXT,
    "decomposed": unicodedata.normalize("NFD", TEXT),
    "folded": fold(TEXT),
    "upper": TEXT.upper(),
    "percent": quote(TEXT, safe=""),
    "percent_whole": "".join(f"%{byte:02x}" for byte in TEXT.encode()),
    "json": json.dumps(TEXT),
    "json_whole": "".join(f"\\u{ord(letter):04x}" for letter in TEXT),
    "hexadecimal": TEXT.encode().hex(),
    "base64": base64.b64encode(TEXT.encode()).decode(),
    "base64_second": base64.b64encode(b"x" + TEXT.encode()).decode(),
    "base64_third": base64.b64encode(b"xy" + TEXT.encode()).decode(),
    "base64_within": "id." + base64.urlsafe_b64encode(b"\xff\xfe\xfd" + TEXT.encode()).decode() + ".sig",
    "reversed": TEXT[::-1],
    "broken": TEXT[:-4] + "\n" + TEXT[-4:],
    "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    "sha256_folded": "\\x" + hashlib.sha256(fold(TEXT).encode()).hexdigest(),
    "sha1_of_mark": base64.b64encode(hashlib.sha1(b"zq0123456789ab").digest()).decode(),  # noqa: S324
    "md5_upper": hashlib.md5(TEXT.upper().encode()).hexdigest().upper(),  # noqa: S324
}


@pytest.fixture
def finder() -> Finder:
    made = Finder()
    made.plant(TEXT)
    made.plant(nth_day(5))
    return made


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_canary_is_found_in_every_disguise(finder: Finder, disguise: str) -> None:
    assert finder.found(f'{{"a": "{DISGUISES[disguise]}"}}') == {"zq0123456789ab"}


def test_a_day_is_found_too(finder: Finder) -> None:
    assert finder.found(f'"birth_date":"{nth_day(5)}"') == {nth_day(5)}


def test_nothing_else_is_found(finder: Finder) -> None:
    assert not finder.found(
        '{"zq": "zq000000000000", "at": "2026-11-20", "id": "0b9c6f4e-8a6e-4a6e-9d55-0a8f6b1f9f00"}'
    )
