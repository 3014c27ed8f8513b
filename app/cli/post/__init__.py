"""`referral post …`: records of a border post, kept on this machine until the service has signed for them.

Exit codes: 0 done; 1 something waits or was not reached, and the same command may be given again; 2 the command, the
PIN or a file is not usable; 3 records are parked and need somebody to mend them.
"""

from collections.abc import Callable

import typer

from app.cli.post.enrol import doctor, enrol
from app.cli.post.handing import bundle, import_bundle, import_receipts, send, show_receipts
from app.cli.post.records import fix, import_table, new, status, template
from app.cli.post.serving import serve

commands = typer.Typer(no_args_is_help=True, help="Trạm biên phòng, ghi được cả khi mất mạng · Offline border post")
_COMMANDS: dict[str, Callable[..., None]] = {
    "enrol": enrol,
    "new": new,
    "serve": serve,
    "import": import_table,
    "template": template,
    "send": send,
    "status": status,
    "fix": fix,
    "bundle": bundle,
    "import-bundle": import_bundle,
    "receipts": show_receipts,
    "import-receipts": import_receipts,
    "doctor": doctor,
}
for _name, _command in _COMMANDS.items():
    commands.command(_name)(_command)
