"""`referral migrate`: brings a database to the schema this version needs, or to a named revision."""

from typing import Annotated

import typer

from app import schema
from app.cli.administration import migration_url
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import say


def migrate(
    to: Annotated[str, typer.Option(metavar="REV", help="Phiên bản · Revision")] = "head", data: Data = DEFAULT_DATA
) -> None:
    """Nâng cấp cơ sở dữ liệu (MIGRATION_DATABASE_URL) · Upgrade the database."""
    with migration_url(data) as url:
        schema.upgrade(url, to)
    say(f"Cơ sở dữ liệu đã ở phiên bản {schema.head() if to == 'head' else to}. · The database is up to date.")
