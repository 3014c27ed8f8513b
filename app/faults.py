"""What a failure of the database or of the vault means to the caller, decided once for every transaction."""

from collections.abc import Mapping

import asyncpg

from app.outages import driver_error, forgets_a_type, passes
from app.problems import NotFound, Problem, RecordErased, Unavailable
from app.sealing import KeyDestroyedError, KeyServiceError


class SchemaChanged(Unavailable):
    """A migration was committed since this connection prepared its statement: nothing happened, and trying again, with
    the statement prepared anew, will do. What does not try again answers 503, as a problem of the moment."""


class mapped:
    """Turns what the database or the vault refuses into the problem it means; what is unknown stays an exception, and a
    500. A destroyed key is 410 here, once, for every route that opens words."""

    def __init__(self, constraints: Mapping[str, type[Problem]]) -> None:
        self._constraints = constraints

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, Problem):
            return
        if isinstance(error, KeyDestroyedError):
            raise RecordErased from None
        if isinstance(error, KeyServiceError):
            raise Unavailable from error
        cause = driver_error(error)
        if isinstance(cause, asyncpg.InvalidCachedStatementError) or forgets_a_type(cause):
            raise SchemaChanged from error
        if passes(cause):
            raise Unavailable from error
        if isinstance(cause, asyncpg.InsufficientPrivilegeError) and "row-level security" in str(cause):
            # The row was visible when the action looked and no longer is: another party moved first.
            raise NotFound from error
        problem = self._constraints.get(getattr(cause, "constraint_name", None) or "")
        if problem is not None:
            raise problem from error
