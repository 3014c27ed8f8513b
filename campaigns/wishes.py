"""What the clients want: intakes one by one, by PUT and by POST, and many at once; consents, referrals, moves."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from app.safejson import fingerprint
from campaigns.linear import EVENTS
from campaigns.load import Wish, id_of, key_of

_SHOWN = {"id", "status", "etag"}
_SUFFIX = {
    "acknowledge": ("acknowledgements", {}),
    "accept": ("acceptances", {}),
    "refuse": ("refusals", {"reason": "no_capacity", "text": "Hết chỗ."}),
    "request_information": ("information-requests", {"text": "Cần thêm giấy tờ?"}),
    "answer": ("answers", {"text": "Không có."}),
    "start": ("starts", {}),
    "complete": ("completions", {"outcome": "service_delivered"}),
    "withdraw": ("withdrawals", {"reason": "moved"}),
}
assert _SUFFIX.keys() == EVENTS.keys()  # noqa: S101


def intake(chance: random.Random) -> dict[str, Any]:
    """No two bodies alike, so that a body tells under which key it came."""
    return {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": "2026-11-20T22:41:00+07:00",
        "place": {"province_code": "15", "text": "Cầu Hồ Kiều"},
        "person": {
            "full_name": f"Nguyễn Thị {chance.getrandbits(96):024x}",
            "sex": "female",
            "birth_date": "1999",
            "nationalities": ["VN"],
            "languages": ["vi"],
        },
        "urgent_needs": ["medical", "shelter"],
    }


def put(chance: random.Random) -> Wish:
    sent_id, body = id_of(chance), intake(chance)
    asked = {"id": sent_id, "digest": fingerprint(body)}
    return Wish("put", "PUT", f"/v1/intakes/{sent_id}", asked, _taken_in, body=body)


def post(chance: random.Random) -> Wish:
    key, body = key_of(chance), intake(chance)
    asked = {"key": key, "digest": fingerprint(body)}
    return Wish("post", "POST", "/v1/intakes", asked, _taken_in, body=body, headers={"Idempotency-Key": key})


def batch(chance: random.Random, lines: int) -> Wish:
    sent = [(id_of(chance), intake(chance)) for _ in range(lines)]
    content = "".join(json.dumps({"id": sent_id, **body}, ensure_ascii=False) + "\n" for sent_id, body in sent)
    asked = {"lines": [(sent_id, fingerprint(body)) for sent_id, body in sent]}
    headers = {"Content-Type": "application/jsonl"}
    return Wish("batch", "POST", "/v1/intake-batches", asked, _worked_off, content=content.encode(), headers=headers)


def consent(chance: random.Random, case: str, recipient: str) -> Wish:
    body = {"recipient_id": recipient, "purpose": "psychological", "sections": ["identity", "needs"]}
    body |= {"language": "vi", "method": "spoken"}
    return _keyed("consent", key_of(chance), f"/v1/cases/{case}/consents", body, {"case": case})


def send(chance: random.Random, case: str, recipient: str, consent_id: str) -> Wish:
    body = {"case_id": case, "receiver_id": recipient, "service": "psychological", "consent_id": consent_id}
    return _keyed("send", key_of(chance), "/v1/referrals", {**body, "sections": ["identity", "needs"]}, {"case": case})


def move(chance: random.Random, referral: str, action: str, role: str, seen: str) -> Wish:
    suffix, body = _SUFFIX[action]
    asked = {"referral": referral, "action": action, "role": role, "seen": seen}
    return _keyed("move", key_of(chance), f"/v1/referrals/{referral}/{suffix}", body, asked)


def look(referral: str, role: str) -> Wish:
    return Wish("look", "GET", f"/v1/referrals/{referral}", {"referral": referral, "role": role}, _shown)


def _keyed(kind: str, key: str, path: str, body: Mapping[str, Any], asked: Mapping[str, Any]) -> Wish:
    headers = {"Idempotency-Key": key} | ({"If-Match": asked["seen"]} if "seen" in asked else {})
    return Wish(kind, "POST", path, {"key": key, **asked}, _shown, body=body, headers=headers)


def _replayed(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("Idempotent-Replayed") == "true")


def _taken_in(answer: httpx.Response) -> dict[str, Any]:
    said = answer.json()
    case = said["case"] and said["case"]["id"]
    told = {name: said[name] for name in ("id", "digest", "reference")}
    return {**told, "case": case, "replayed": _replayed(answer)}


def _worked_off(answer: httpx.Response) -> dict[str, Any]:
    """Undecided while a line of it is; what was told of the others is told all the same."""
    said = answer.json()
    if answer.status_code == 202:
        return {"operation": said["id"]}
    told: Sequence[Any] = [(line["id"], line["status"], line["digest"], line["reference"]) for line in said["results"]]
    refused = [line[1] for line in told if line[1] not in (200, 201)]
    outcome = "ok" if not refused else "fail" if max(refused) < 500 else "unknown"
    return {"lines": told, "outcome": outcome}


def _shown(answer: httpx.Response) -> dict[str, Any]:
    said = answer.json()
    shown = {"id": said["id"], "state": said.get("status"), "tag": answer.headers.get("ETag")}
    return {**shown, "replayed": _replayed(answer)}
