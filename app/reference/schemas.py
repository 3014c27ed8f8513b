"""How code lists look on the wire: both languages at once, so that one cached copy serves every caller."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.reference.codes import Code, CodeList
from app.reference.datafiles import Certainty


class Bilingual(BaseModel):
    vi: str
    en: str


class CodeListSummary(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "urgency",
                "title": {"vi": "Mức độ khẩn cấp", "en": "Urgency"},
                "size": 3,
                "href": "/v1/code-lists/urgency",
            }
        }
    )

    name: str
    title: Bilingual
    size: int = Field(description="Số mã · Number of codes")
    href: str

    @classmethod
    def of(cls, codes: CodeList) -> "CodeListSummary":
        return cls(
            name=codes.name,
            title=Bilingual(vi=codes.vi, en=codes.en),
            size=len(codes.codes),
            href=f"/v1/code-lists/{codes.name}",
        )


class CodeListIndexOut(BaseModel):
    items: list[CodeListSummary]


class CodeOut(BaseModel):
    code: str
    label: Bilingual
    source: str = Field(description="Nguồn · Where the code comes from")
    certainty: Certainty
    valid_from: date
    valid_to: date | None = Field(description="Ngày cuối có hiệu lực · Last day in force")
    native_check: bool = Field(description="Nhãn tiếng Việt chờ kiểm tra · The Vietnamese label awaits a native check")
    attributes: Mapping[str, Any]

    @classmethod
    def of(cls, code: Code) -> "CodeOut":
        return cls(
            code=code.code,
            label=Bilingual(vi=code.vi, en=code.en),
            source=code.source,
            certainty=code.certainty,
            valid_from=code.valid_from,
            valid_to=code.valid_to,
            native_check=code.native_check,
            attributes=code.attributes,
        )


class CodeListOut(BaseModel):
    name: str
    title: Bilingual
    other_needs_text: bool = Field(description="Mã `other` phải kèm ghi rõ · The code `other` needs a text")
    items: list[CodeOut]

    @classmethod
    def of(cls, codes: CodeList, chosen: Iterable[Code]) -> "CodeListOut":
        """The list with those of its codes that the caller asked for."""
        return cls(
            name=codes.name,
            title=Bilingual(vi=codes.vi, en=codes.en),
            other_needs_text=codes.other_needs_text,
            items=[CodeOut.of(code) for code in chosen],
        )
