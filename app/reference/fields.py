"""What a single value on the wire may be: codes of a list, partial dates, days, instants and free text.

Every refusal is named by a key of `RULES` (app/problems.yaml) and carries nothing that was sent.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError, WithJsonSchema, model_validator
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from app.reference.codes import code_list

VIET_NAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""A fixed offset, as Viet Nam has no summer time and small images carry no time-zone database."""

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_ENUM = 60
_FIRST_YEAR = 1900
_FIRST_MOMENT = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
_A_YEAR = timedelta(days=366)
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_RFC_3339 = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# Controls hide text from the reader; bidirectional overrides show another text than the one stored (CVE-2021-42574);
# what is not seen makes two of one name, and the second is not found by the first (UTS #39 §5, default ignorables).
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_HIDDEN}\u200b-\u200f]")
_UNSEEN_IN_PROSE = re.compile(f"[{_HIDDEN}]")


def day_of(moment: datetime) -> date:
    """The calendar day of a moment in Viet Nam."""
    return moment.astimezone(VIET_NAM).date()


def today() -> date:
    """The calendar day in Viet Nam, by which dates and the validity of codes are judged."""
    return day_of(datetime.now(UTC))


@dataclass(frozen=True)
class _Coded:
    list_name: str

    def check(self, value: str) -> str:
        if code_list(self.list_name).find(value, today()) is None:
            raise PydanticCustomError("unknown_code", "The code is not in force in the list.", {"list": self.list_name})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        codes = list(dict.fromkeys(each.code for each in code_list(self.list_name).codes))
        described = {**handler(schema), "description": f"A code of /v1/code-lists/{self.list_name}"}
        bound = {"maxLength": max(map(len, codes))} if len(codes) > LONGEST_ENUM else {"enum": codes}
        return {**described, **bound}


def coded(list_name: str) -> _Coded:
    """Binds a string to a list: `Annotated[str, coded("service")]`.

    KeyError when the list does not exist; a value not in force today is `unknown_code`.
    """
    return _Coded(code_list(list_name).name)


Country = Annotated[str, coded("country")]
Language = Annotated[str, coded("language")]
Province = Annotated[str, coded("province")]
EthnicGroup = Annotated[str, coded("ethnic_group")]


def earliest(partial: str) -> date:
    """The first day a partial date can mean; ValueError when it means none."""
    match = _PARTIAL.fullmatch(partial)
    if match is None:
        raise ValueError("not a partial date")
    return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))


def latest(partial: str) -> date:
    """The last day a partial date can mean; ValueError when it means none."""
    first = earliest(partial)
    month = first.month if len(partial) > len("1994") else 12
    day = first.day if len(partial) > len("1994-05") else monthrange(first.year, month)[1]
    return date(first.year, month, day)


def age_on(partial: str, on: date) -> tuple[int, int]:
    """The least and greatest age in completed years on that day; one born on 29 February grows older on 1 March."""
    return _years(latest(partial), on), _years(earliest(partial), on)


def _years(born: date, on: date) -> int:
    return max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def partial_date(value: str, now: date) -> str:
    """`1994`, `1994-05` or `1994-05-17`, from 1900 on and begun by that day; else `invalid_date` or `in_the_future`."""
    try:
        first = earliest(value)
    except ValueError:
        raise _invalid_date() from None
    if first.year < _FIRST_YEAR:
        raise _invalid_date()
    if first > now:
        raise _in_the_future()
    return value


def instant(value: Any, now: datetime) -> datetime:
    """An RFC 3339 time as UTC; else `offset_required`, `in_the_future` (beyond the clock skew) or `invalid_date`."""
    written = _rfc_3339(value)
    if written > now + CLOCK_SKEW:
        raise _in_the_future()
    return written.astimezone(UTC)


def planned(value: Any, now: datetime) -> datetime:
    """As `instant`, past or future, but within a year of now: else `out_of_range`, as another year is a slip."""
    near = _rfc_3339(value)
    if abs(near - now) > _A_YEAR:
        raise PydanticCustomError("out_of_range", "More than a year from now.")
    return near.astimezone(UTC)


def moment(value: Any) -> datetime:
    """As `instant`, past or to come."""
    try:
        return _rfc_3339(value).astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999, west of Greenwich
        raise _invalid_date() from None


def _rfc_3339(value: Any) -> datetime:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "A string is needed.")
    match = _RFC_3339.fullmatch(value)
    if match is None or int(match[1]) < _FIRST_YEAR:
        raise _invalid_date()
    try:
        written = datetime.fromisoformat(value.upper())
    except ValueError:
        raise _invalid_date() from None
    if written.tzinfo is None:
        raise PydanticCustomError("offset_required", "The time needs an offset.")
    # In UTC, as it is kept: what was taken once must be taken again when it is read back.
    if written < _FIRST_MOMENT:
        raise _invalid_date()
    return written


def _day(value: Any) -> date:
    # Pydantic alone would also take a number of seconds and a midnight time for a date.
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "A string is needed.")
    try:
        if len(value) == len("1994-05-17") and earliest(value).year >= _FIRST_YEAR:
            return earliest(value)
    except ValueError:
        pass
    raise _invalid_date()


def _invalid_date() -> PydanticCustomError:
    return PydanticCustomError("invalid_date", "The date is not valid.")


def _in_the_future() -> PydanticCustomError:
    return PydanticCustomError("in_the_future", "The time lies in the future.")


PartialDate = Annotated[
    str,
    AfterValidator(lambda value: partial_date(value, today())),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_PARTIAL.pattern}$",
            "maxLength": len("1994-05-17"),
            "examples": ["1994", "1994-05", "1994-05-17"],
        }
    ),
]
"""A day, month or year of the past, as precise as the person knows it (api.md); kept as sent."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A full calendar date, past or future."""


def _begun(day: date) -> date:
    if day > today():
        raise _in_the_future()
    return day


PastDay = Annotated[Day, AfterValidator(_begun)]
"""A calendar day in Viet Nam that has begun: what is recorded as done was done."""

Instant = Annotated[
    datetime,
    BeforeValidator(lambda value: instant(value, datetime.now(UTC))),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-20T22:41:00+07:00"]}),
]
"""A past moment, sent with its offset (RFC 3339), kept in UTC."""

Moment = Annotated[
    datetime,
    BeforeValidator(moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T06:00:00+07:00"]}),
]
"""A moment past or to come, sent with its offset (RFC 3339), kept in UTC."""

Planned = Annotated[
    datetime,
    BeforeValidator(lambda value: planned(value, datetime.now(UTC))),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T14:20:00+07:00"]}),
]
"""A planned moment, past or future, sent with its offset (RFC 3339), kept in UTC."""


@dataclass(frozen=True)
class Text:
    """Free text of 1 to `longest` characters, spaces around it dropped: `Annotated[str, Text(200)]`.

    Characters that are not seen are `invalid_value`; line feeds and tabs may stand. `prose`: so may the marks that
    some scripts need between words or letters (Khmer, Persian), which have no place in a name or a number.
    """

    longest: int
    prose: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strip_whitespace=True, min_length=1, max_length=self.longest)
        return core_schema.no_info_after_validator_function(self.check, text)

    def check(self, value: str) -> str:
        """The text, if nothing in it is hidden."""
        if (_UNSEEN_IN_PROSE if self.prose else _UNSEEN).search(value):
            raise PydanticCustomError("invalid_value", "Characters that are not seen are not accepted.")
        return value


_PROSE = Text(20_000, prose=True)


def seen(value: Any) -> Any:
    """A JSON value of any kind, every text in it judged as prose, names of members too; else `invalid_value`."""
    match value:
        case str():
            return _PROSE.check(value)
        case dict():
            return {seen(name): seen(item) for name, item in value.items()}
        case list():
            return [seen(item) for item in value]
    return value


def other_needs_text(**texts: str) -> Any:
    """A model check: a code field that holds `other` needs its text field filled; else `text_required` at the latter.

    Used in a class body as `_other = other_needs_text(exploitation_types="other_text")`, code field = text field.
    """

    def check(model: BaseModel) -> BaseModel:
        missing = [
            text for codes, text in texts.items() if _has_other(getattr(model, codes)) and not getattr(model, text)
        ]
        if missing:
            required = PydanticCustomError("text_required", "The code other needs a text.")
            errors = [InitErrorDetails(type=required, loc=(text,), input=None) for text in missing]
            # Raised as a ValidationError so that the fault is located at the text field, not at the model.
            raise ValidationError.from_exception_data(type(model).__name__, errors)
        return model

    return model_validator(mode="after")(check)


def _has_other(codes: Any) -> bool:
    return codes == "other" or (isinstance(codes, list | tuple | set | frozenset) and "other" in codes)
