"""Which age band others are told of a person: that of CTDC, never the date of birth."""

from datetime import date

from app.reference.codes import code_list
from app.reference.fields import age_on

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
