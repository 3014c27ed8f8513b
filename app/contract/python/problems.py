"""A class per problem code."""

from collections.abc import Mapping
from typing import Any

_HEAD = "from app.client.errors import ProblemError\n"


def problems(document: Mapping[str, Any]) -> str:
    """The module; what a code means is taken from its English example."""
    examples = document["components"]["examples"]
    codes = {name.removesuffix("_en"): e["value"] for name, e in sorted(examples.items()) if name.endswith("_en")}
    return _HEAD + "".join(_definition(code, shown) for code, shown in codes.items())


def _definition(code: str, shown: Mapping[str, Any]) -> str:
    name = "".join(word.capitalize() for word in code.split("_"))
    return f'\n\nclass {name}(ProblemError):\n    """{shown["status"]}: {shown["title"]}."""\n\n    code = "{code}"\n'
