"""The typed half of the Python client, made from the contract: `app/client/contract/`, committed like `openapi/`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.contract.python.operations import operations
from app.contract.python.problems import problems
from app.contract.python.types import types

FOLDER = Path(__file__).parents[2] / "client" / "contract"
_MADE_BY = "Made from openapi/ by `./referral openapi`; never edited by hand."


def modules(document: Mapping[str, Any]) -> dict[str, str]:
    """The text of each module by its file's name."""
    made = {
        "problems.py": ("The codes by which the service refuses, each an exception of its own.", problems()),
        "types.py": ("The shapes of the contract, as JSON has them.", types(document)),
        "operations.py": (
            "Every operation of the contract, by its operationId, as a request to be sent.",
            operations(document),
        ),
    }
    return {name: f'"""{title} {_MADE_BY}"""\n\n{text}' for name, (title, text) in made.items()}
