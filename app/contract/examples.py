"""The examples of the contract, recorded from the service itself in both languages; none is written by hand.

`python -m tests.contract` runs the calls of tests/contract/calls.yaml against the application and rewrites the file.
"""

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("examples.yaml")
SUMMARIES = {"vi": "Ví dụ bằng tiếng Việt", "en": "An example in English"}


def load() -> dict[str, Any]:
    """operationId → `request` and `responses[status]`, each language → value."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    recorded: dict[str, Any] = yaml.load(FILE.read_text("utf-8"), Loader=loader) if FILE.exists() else {}  # noqa: S506
    return recorded


def add_examples(operation: dict[str, Any], recorded: dict[str, Any]) -> None:
    """Names the recorded values `vi` and `en` in the request body and in each answer that was recorded."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if media["schema"].get("format") != "binary":  # whose bytes no document can show
            _name(media, recorded.get("request", {}))
    for status, values in recorded.get("responses", {}).items():
        for media in operation["responses"][status].get("content", {}).values():
            _name(media, values)


def _name(media: dict[str, Any], values: dict[str, Any]) -> None:
    media.pop("example", None)
    named = {language: {"summary": SUMMARIES[language], "value": value} for language, value in values.items()}
    media["examples"] = {**named, **media.get("examples", {})}
