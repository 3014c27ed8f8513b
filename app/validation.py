"""What the shape of a request is refused with: 422 for its body, 404 for a malformed id in its path."""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from app.auth.call import Call
from app.findings import field_errors
from app.problems import NotFound, Problem, ValidationFailed


def problem_of(error: Exception, call: Call | None) -> Problem:
    """422 with every finding; a malformed id in the path alone is 404, after the headers have had their say."""
    findings: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    # A sender's own id of a guessable version is a fault of form, not an id that leads nowhere.
    body = [finding for finding in findings if finding["loc"][0] != "path" or finding["type"] == "invalid_format"]
    if body or not findings:
        return ValidationFailed(*field_errors(body))
    if call is not None:
        try:
            call.check_presence()
        except Problem as missing:
            return missing
    return NotFound()
