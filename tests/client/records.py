"""What the tests send, typed as a partner would write it."""

from app.client import types


def intake() -> types.IntakeIn:
    """A woman and her child at the border post."""
    return {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": "2026-11-20T22:41:00+07:00",
        "place": {"province_code": "15", "text": "Cửa khẩu quốc tế Lào Cai"},
        "person": {"full_name": "Nguyễn Thị Hoa", "sex": "female", "birth_date": "1999", "nationalities": ["VN"]},
        "accompanying_minors": [
            {"full_name": "Vương Tiểu Mai", "sex": "female", "birth_date": "2021", "relation": "child"}
        ],
        "urgent_needs": ["medical", "shelter"],
        "trafficking": {"exploitation_types": ["forced_marriage"], "countries": ["CN"]},
    }
