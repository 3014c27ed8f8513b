"""`referral organisations …`: who exists in the network, under which name, with which function and where."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.scopes import Agency
from app.cli import registry
from app.cli.administration import administer, parsed
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import say, show
from app.cli.transfer import transfer
from app.organisations.actions import with_name
from app.organisations.models import Organisation
from app.organisations.sides import twin_of
from app.reference.fields import today

commands = typer.Typer(no_args_is_help=True, help="Cơ quan, tổ chức · Organisations")

NameVi = Annotated[str, typer.Option(help="Tên tiếng Việt · Vietnamese name")]
NameEn = Annotated[str, typer.Option(help="Tên tiếng Anh · English name")]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Tên có từ ngày · Name holds from")]
Provinces = Annotated[
    list[str] | None, typer.Option("--province", help="Mã tỉnh, lặp lại được; không có: toàn quốc · Province code")
]
Functions = Annotated[list[str] | None, typer.Option("--function", help="Ví dụ · For example: immigration")]
SupervisedBy = Annotated[UUID | None, typer.Option(help="Cơ quan cấp trên · Supervisor's id")]
Treats = Annotated[bool | None, typer.Option("--treats/--no-treats", help="Có khám chữa bệnh · Gives clinical care")]


@commands.command("add")
def add(
    agency: Annotated[Agency, typer.Option(help="Chức năng · Function in law")],
    name_vi: NameVi,
    name_en: NameEn,
    *,
    province: Provinces = None,
    function: Functions = None,
    country: Annotated[str | None, typer.Option(help="Nước sở tại, ISO 3166-1 · Country it sits in")] = None,
    supervised_by: SupervisedBy = None,
    treats: Treats = False,
    test: Annotated[bool, typer.Option("--test", help="Cơ quan thử nghiệm · A test organisation")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Thêm một cơ quan; in ra mã của nó · Add an organisation; prints its id."""
    new = parsed(
        registry.NewOrganisation,
        id=twin_of(uuid4()) if test else uuid4(),
        agency=agency,
        name_vi=name_vi,
        name_en=name_en,
        province_codes=province or [],
        functions=function or [],
        country_code=country,
        supervised_by=supervised_by,
        treats=treats,
    )
    administer(data, lambda db: registry.add_organisation(db, new))
    say(str(new.id))


@commands.command("change")
def change(
    id: Annotated[UUID, typer.Argument(help="Mã cơ quan · Organisation id")],
    *,
    name_vi: NameVi | None = None,
    name_en: NameEn | None = None,
    since: Since = None,
    province: Provinces = None,
    function: Functions = None,
    supervised_by: SupervisedBy = None,
    treats: Treats = None,
    status: Annotated[str | None, typer.Option(help="active | disabled")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Sửa một cơ quan; việc cũ vẫn mang tên cũ · Change an organisation; old facts keep the old name."""
    wanted = parsed(
        registry.OrganisationChange,
        name_vi=name_vi,
        name_en=name_en,
        since=_day(since),
        province_codes=province,
        functions=function,
        supervised_by=supervised_by,
        treats=treats,
        status=status,
    )
    administer(data, lambda db: registry.change_organisation(db, id, wanted))
    say(f"Đã sửa {id}. · Changed {id}.")


@commands.command("rename")
def rename(
    id: Annotated[UUID, typer.Argument(help="Mã cơ quan · Organisation id")],
    name_vi: NameVi,
    name_en: NameEn,
    *,
    on: Since = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Đổi tên từ một ngày; việc cũ vẫn mang tên cũ · Rename from a day on; old facts keep the old name."""
    wanted = parsed(registry.OrganisationChange, name_vi=name_vi, name_en=name_en, since=_day(on))
    administer(data, lambda db: registry.change_organisation(db, id, wanted))
    say(f"Đã đổi tên {id}. · Renamed {id}.")


commands.command("transfer")(transfer)


def _day(since: datetime | None) -> date:
    return since.date() if since else today()


@commands.command("list")
def show_all(data: Data = DEFAULT_DATA) -> None:
    """Các cơ quan theo tên tiếng Việt · Organisations by Vietnamese name."""

    async def fetch(db: AsyncConnection) -> Any:
        return (await db.execute(with_name(today()).order_by(Organisation.sort_key))).all()

    columns = ("id", "agency", "provinces", "status", "tên · name")
    show(
        columns,
        [
            (str(row.id), row.agency, " ".join(row.province_codes) or "—", row.status, f"{row.name_vi} · {row.name_en}")
            for row in administer(data, fetch)
        ],
    )
