"""What a receiver is told before it accepts: codes to decide by, nothing that says who the person is."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.reference.codes import code_list
from app.reference.fields import age_on, today

ADULT = 18
_BANDS = tuple(
    (int(code.code.split("_")[0]), code.code) for code in code_list("age_band").codes if code.code != "unknown"
)


def age_band(birth_date: str | None, on: date) -> str:
    """CTDC's band of the greatest possible age; somebody possibly under 18 counts as a child (35/2013 Art 19.4)."""
    if birth_date is None:
        return "unknown"
    least, greatest = age_on(birth_date, on)
    age = min(greatest, ADULT - 1) if least < ADULT else greatest
    return next(band for start, band in reversed(_BANDS) if age >= start)


def preview_of(
    service: str, urgency: str, province: str | None, identity: Mapping[str, Any], handling: Mapping[str, Any]
) -> dict[str, Any]:
    """Service, place by province, age band, sex, need of an interpreter, urgency, safety flags and refusals."""
    languages = identity.get("languages")
    return {
        "service": service,
        "urgency": urgency,
        "province_code": province,
        "age_band": age_band(identity.get("birth_date"), today()),
        "sex": identity.get("sex", "unknown"),
        "interpreter_needed": bool(languages) and "vi" not in (languages or []),
        "handling": handling.get("flags", []),
        "declines": handling.get("declines", []),
    }
