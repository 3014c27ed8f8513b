"""What a receiver is told before it accepts: codes to decide by, nothing that says who the person is."""

from collections.abc import Mapping
from typing import Any

from app.reference.ages import age_band
from app.reference.fields import today


def preview_of(
    service: str, urgency: str, province: str | None, identity: Mapping[str, Any], handling: Mapping[str, Any]
) -> dict[str, Any]:
    """Service, place by province, age band, sex, need of an interpreter, urgency and the safety flags."""
    languages = identity.get("languages")
    return {
        "service": service,
        "urgency": urgency,
        "province_code": province,
        "age_band": age_band(identity.get("birth_date"), today()),
        "sex": identity.get("sex", "unknown"),
        "interpreter_needed": bool(languages) and "vi" not in (languages or []),
        "handling": handling.get("flags", []),
    }
