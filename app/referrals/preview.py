"""What a receiver is told before it accepts: codes to decide by, nothing that says who the person is."""

from collections.abc import Mapping
from typing import Any

from app.law.categories import ADULT, possibly_under
from app.reference.ages import age_band
from app.reference.fields import today


def preview_of(
    service: str, urgency: str, province: str | None, identity: Mapping[str, Any], handling: Mapping[str, Any]
) -> dict[str, Any]:
    """Service, place by province, age band, sex, need of an interpreter, urgency, safety flags and refusals. Of unknown
    age the band says so, and `may_be_child` how to treat the person."""
    languages = identity.get("languages")
    return {
        "service": service,
        "urgency": urgency,
        "province_code": province,
        "age_band": age_band(identity.get("birth_date"), today()),
        "may_be_child": possibly_under(ADULT, identity.get("birth_date"), today()),
        "sex": identity.get("sex", "unknown"),
        "interpreter_needed": bool(languages) and "vi" not in (languages or []),
        "handling": handling.get("flags", []),
        "declines": handling.get("declines", []),
    }
