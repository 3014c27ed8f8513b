"""The other side of a receiver's rehearsal: takes somebody in, has consent, refers to the organisation under test."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.client import Client

SERVICE = "psychological"
_SECTIONS = ["identity", "needs"]


def refer(client: Client, receiver: str) -> str:
    """Sends one referral of an invented person; its id."""
    said: dict[str, Any] = {
        "schema_version": "1.0",
        "channel": "self_report_domestic",
        "received_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "place": {"province_code": "15"},
        "person": {"full_name": "Nguyễn Thị Thử", "sex": "female", "birth_date": "1999", "nationalities": ["VN"]},
    }
    case = client.request("PUT", f"/v1/intakes/{uuid4()}", said).body["case"]["id"]
    given = {"purpose": SERVICE, "sections": _SECTIONS, "language": "vi", "method": "spoken"}
    consent = client.request("POST", f"/v1/cases/{case}/consents", {"recipient_id": receiver, **given}).body["id"]
    sent = {"case_id": case, "receiver_id": receiver, "service": SERVICE, "sections": _SECTIONS, "consent_id": consent}
    made: str = client.request("POST", "/v1/referrals", sent).body["id"]
    return made
