"""`referral campaign`: the fault campaigns of `campaigns/`, which stands beside the service in a checkout alone."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import refuse

commands = typer.Typer(no_args_is_help=True, help="Thử lỗi · Fault campaigns")
Seed = Annotated[int | None, typer.Option(help="Hạt giống · Seed")]


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


@commands.command()
def run(
    out: Annotated[Path, typer.Option(help="Thư mục trống cho nhật ký · Empty folder for the log")],
    *,
    kills: Annotated[int, typer.Option(min=0, help="Số lần mỗi loại · How often each kind")] = 20,
    minutes: Annotated[float, typer.Option(min=0, help="Lâu ít nhất · Minutes at least")] = 0,
    faults: Annotated[
        str | None, typer.Option(help="api=500,postgres,commit,restart,relay,line,clock,slow,pool,disk")
    ] = None,
    seed: Seed = None,
    submitters: Annotated[int, typer.Option(min=1, help="Bên gửi · Clients that submit")] = 8,
    couples: Annotated[int, typer.Option(min=0, help="Cặp gửi và nhận · Senders with receivers")] = 2,
    workers: Annotated[int, typer.Option(min=1, help="Tiến trình API · API workers")] = 2,
    batches: Annotated[float, typer.Option(min=0, max=1, help="Phần gửi theo lô · Share sent in batches")] = 0.2,
    answers: Annotated[int, typer.Option(min=0, help="Số lần được nhận ít nhất · Successes at least")] = 300,
    patience: Annotated[float, typer.Option(min=1, help="Giây chờ cuối đợt · Seconds to ask on")] = 60,
) -> None:
    """Giết từng tiến trình khi đang có tải, rồi đếm lại mọi lời hứa · Kill it under load, then count every promise."""
    more = {"submitters": submitters, "couples": couples, "workers": workers, "answers": answers}
    _campaigns("campaigns.command").run(out, kills, minutes, faults, seed, batches=batches, patience=patience, **more)


@commands.command()
def check(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Của một đợt · A run's")]) -> None:
    """Quyết định lại từ nhật ký đã giữ · Decide once more, from the log that was kept."""
    _campaigns("campaigns.command").check(folder)


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
