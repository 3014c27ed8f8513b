"""A receipt proves what it says, or is refused: by the service's own receipts, and by every forgery of one."""

import time
import unicodedata
from typing import Any
from uuid import uuid4

import pytest

from app import safejson
from app.client import BadReceiptError, Key, Request, api, receipts
from app.client.keys import b64, unb64
from tests.client.conftest import Dial
from tests.client.records import intake
from tests.personas import ISSUER

KEY, ID, BODY = Key.generate(), str(uuid4()), intake()
CLAIMS = {
    "iss": ISSUER,
    "iat": int(time.time()),
    "sub": ID,
    "organisation_id": str(uuid4()),
    "reference": "7KQ2M9XA",
    "digest": receipts.digest(BODY),
    "accepted_at": "2026-11-22T08:00:00+00:00",
}
HEADER = {"typ": receipts.TYPE, "kid": KEY.kid}


def check(jws: str, keys: list[Any] | None = None) -> receipts.Receipt:
    return receipts.check(jws, [KEY.jwk] if keys is None else keys, issuer=ISSUER, id=ID, body=BODY)


def signed(key: Key = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return key.sign(HEADER if header is None else header, claims)


def flipped(jws: str, part: int) -> str:
    parts = jws.split(".")
    data = bytearray(unb64(parts[part]))
    data[len(data) // 2] ^= 1
    parts[part] = b64(bytes(data))
    return ".".join(parts)


FORGED = {
    "another key": signed(Key.generate()),
    "another key under this name": signed(Key.generate(), HEADER),
    "an unknown key": signed(header={**HEADER, "kid": "x"}),
    "another kind of token": signed(header={**HEADER, "typ": "JWT"}),
    "no type": signed(header={"kid": KEY.kid}),
    "a key of its own": signed(header={**HEADER, "jwk": dict(KEY.jwk)}),
    "algorithm none": signed(header={**HEADER, "alg": "none"}),
    "a changed header": flipped(signed(), 0),
    "changed claims": flipped(signed(), 1),
    "a changed signature": flipped(signed(), 2),
    "a short signature": signed()[:-8],
    "padding": signed() + "=",
    "two parts": signed().rpartition(".")[0],
    "empty": "",
    "long": "a" * 10_000,
    "another service": signed(iss="https://other.example"),
    "another record": signed(sub=str(uuid4())),
    "another content": signed(digest="0" * 64),
    "no digest": signed(digest=None),
    "a digest that is no text": signed(digest=7),
    "a time that is none": signed(accepted_at="yesterday"),
}


def test_a_good_one_is_believed() -> None:
    known = check(signed())
    assert (known.reference, known.digest) == ("7KQ2M9XA", CLAIMS["digest"])


@pytest.mark.parametrize("forgery", FORGED)
def test_anything_else_is_not(forgery: str) -> None:
    with pytest.raises(BadReceiptError):
        check(FORGED[forgery])


@pytest.mark.parametrize("keys", [[], [{}], [{"kid": KEY.kid}], [{**KEY.jwk, "x": "AAAA"}], [{**KEY.jwk, "y": 5}]])
def test_a_key_set_that_is_none_proves_nothing(keys: list[Any]) -> None:
    with pytest.raises(BadReceiptError):
        check(signed(), keys)


async def test_the_services_own_are_good_for_what_was_sent_and_nothing_else(dial: Dial) -> None:
    post, ids = dial(), [uuid4(), uuid4()]
    for each in ids:
        post.send(api.put_intakes_intake_id(each, intake()))
    known = post.receipt(ids[0], intake())
    assert known.id == str(ids[0])
    with pytest.raises(BadReceiptError):
        post.receipt(ids[0], {**intake(), "urgent_needs": []})
    jwks = post.send(api.get_well_known_jwks())["keys"]
    with pytest.raises(BadReceiptError):
        receipts.check(known.jws, [dict(key) for key in jwks], issuer=ISSUER, id=str(ids[1]))


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [True, None, "é"], "": {}},
        {"text": 'dòng\n\t"\\\x7f\x01/€\U0001f600', "Ơ": "ơ"},
        {unicodedata.normalize("NFD", "Nguyễn Thị Hoa"): unicodedata.normalize("NFD", "Vương Tiểu Mai")},
        {"\U0001f600": 1, "\uffff": 2, "z": 9007199254740991, "n": -5, "f": 1.0},
        BODY,
    ],
)
def test_the_digest_is_the_services(value: Any) -> None:
    sent = safejson.parse(Request("POST", "/", body=value).content or b"")
    assert receipts.digest(value) == safejson.fingerprint(sent)


def test_a_fraction_has_no_digest() -> None:
    with pytest.raises(ValueError, match="fraction"):
        receipts.digest({"a": 1.5})
