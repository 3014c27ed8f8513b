"""`referral extract`: everything held of one person, and everybody who read it, at that person's request."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.administration import IMPOSSIBLE, administer
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.cli.vault.operator import ClientId, KeyFile, Officer, proven
from app.keyring import Keyring
from app.settings import Settings


def extract(
    case: Annotated[str, typer.Argument(help="Số hồ sơ · Reference of the case")],
    out: Annotated[Path, typer.Option(help="Tệp JSON mới · A new JSON file")],
    client: ClientId,
    key: KeyFile,
    officer: Officer,
    *,
    readable: Annotated[Path | None, typer.Option(help="Và bản để đọc (Markdown) · And one to read")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Trích xuất dữ liệu của một người theo yêu cầu của họ · Extract a person's data at their request."""
    import app.main  # noqa: F401 - every table there is
    from app.cli.vault.extract import as_json, as_text, write
    from app.cli.vault.extract import extract as extracted

    taken = [str(path) for path in (out, readable) if path and path.exists()]
    if taken:
        refuse(f"Đã có tệp · There is a file already: {', '.join(taken)}", IMPOSSIBLE)

    async def work(db: AsyncConnection) -> dict[str, Any]:
        await db.execute(text("set transaction isolation level repeatable read"))  # one moment, in every table
        vault = Keyring.load(Settings(data=data)).vault
        try:
            return await extracted(db, await proven(db, client, key, officer), vault, case)
        finally:
            await vault.provider.close()

    made = administer(data, work)
    write(out, as_json(made))
    if readable:
        write(readable, as_text(made))
    say(f"Đã ghi · Wrote {out}: {len(made['held'])} loại · kinds, {len(made['read_by']['rows'])} lượt đọc · readings")
