"""The command `referral`: everything an operator does, each command in a module of its own.

Only the module of the command wanted is imported: `referral token` runs inside other commands and must be quick.
"""

import sys
from collections.abc import Mapping
from importlib import import_module

import typer

COMMANDS: Mapping[str, str] = {
    "demo": "demo",
    "token": "token",
    "serve": "serve",
    "migrate": "migrate",
    "sweep": "sweep",
    "audit": "audit",
    "client": "client",
    "keys": "keys",
    "erasure": "erasure",
    "retention": "retention",
    "extract": "extract",
    "organisations": "organisations",
    "webhook-hosts": "webhook_hosts",
    "events": "events",
    "listen": "listen",
    "trigger": "trigger",
    "import": "htcds",
    "post": "post",
    "openapi": "generated",
    "docs": "generated",
    "rules": "rules",
    "conformance": "conformance",
    "campaign": "campaign",
    "check": "check",
}
"""Command → module, which holds a function of that name, or `commands`, a group of them."""


def referral() -> None:
    """Runs the command named by the arguments; without one, or with an unknown one, says which there are."""
    wanted = {name: COMMANDS[name] for name in sys.argv[1:2] if name in COMMANDS}
    try:
        program(wanted or COMMANDS)(prog_name="referral")
    except ValueError as error:
        from app.reference.datafiles import DataFileError  # only now, for the sake of `referral token`

        if not isinstance(error, DataFileError):
            raise
        sys.exit(str(error))


def program(commands: Mapping[str, str]) -> typer.Typer:
    """The command line with these commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.callback()(_about)
    for name, module_name in commands.items():
        module = import_module(f"app.cli.{module_name}")
        if hasattr(module, "commands"):
            made.add_typer(module.commands, name=name)
        else:
            made.command(name)(getattr(module, name))
    return made


def _about() -> None:
    """Chuyển tuyến nạn nhân mua bán người · Referral of trafficking victims"""
