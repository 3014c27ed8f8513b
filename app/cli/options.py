"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option(envvar="REFERRAL_DATA", help="Thư mục dữ liệu · Data folder")]
DEFAULT_DATA = Path(".data")
