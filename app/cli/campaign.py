"""`referral campaign`: the fault campaigns of `campaigns/`, which stands beside the service in a checkout alone."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import refuse

commands = typer.Typer(no_args_is_help=True, help="Thử lỗi · Fault campaigns")
Seed = Annotated[int | None, typer.Option(help="Hạt giống · Seed")]


@commands.callback()
def _about() -> None: ...


@commands.command()
def failover(
    out: Annotated[Path, typer.Option(help="Thư mục trống cho nhật ký · Empty folder for the log")],
    *,
    runs: Annotated[int, typer.Option(min=1, help="Số lượt · Runs")] = 3,
    seed: Seed = None,
    only: Annotated[
        list[str] | None, typer.Option(help="primary killed, patroni killed, node lost, node silent, …")
    ] = None,
) -> None:
    """Chuyển đổi dự phòng dưới tải, chỉ trên máy này · Fail-over under load, on this machine alone."""
    _campaigns("campaigns.availability").failover(out, runs, seed, only)


@commands.command()
def restore(
    out: Annotated[Path, typer.Option(help="Thư mục trống · Empty folder; several times the database")],
    *,
    cases: Annotated[int, typer.Option(min=100, help="Số hồ sơ · Cases")] = 1000,
    seed: Seed = None,
) -> None:
    """Diễn tập phục hồi: mất cả cơ sở dữ liệu lẫn khóa · The restore drill: database and keys are lost."""
    _campaigns("campaigns.restore").restore(out, cases, seed)


def _campaigns(module: str) -> Any:
    """Imported by its name, for the service must not need what is not shipped with it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != "campaigns":
            raise
        refuse(
            "Bản cài này không có thư mục campaigns/: hãy chạy từ mã nguồn. · campaigns/ is not here: use a checkout.",
            2,
        )
