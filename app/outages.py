"""Which failures of the database mean: not now; and which besides: not by this connection.

While there is no primary, every request ends in one of these, and so in a 503 that says when to ask again. A server
that was demoted still answers, read only (25006): its connections are dropped, so that the next one finds the primary.
"""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

CONNECTION_LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg makes of a goodbye that crosses the next question, and of a standby
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,  # a login that an operator has just locked or is renewing
    asyncpg.InvalidCatalogNameError,  # a database that is being put back
    OSError,  # a time-out is one too
)
_NOT_THE_PRIMARY = (asyncpg.ReadOnlySQLTransactionError,)
_TRY_LATER = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    PoolTimeout,
)


def passes(cause: BaseException) -> bool:
    """Whether the same request may well succeed a little later."""
    return isinstance(cause, (*CONNECTION_LOST, *_NOT_THE_PRIMARY, *_TRY_LATER))


def spoils(error: BaseException) -> bool:
    """Whether nothing good can come of this connection any more."""
    cause = driver_error(error)
    return isinstance(cause, (*CONNECTION_LOST, *_NOT_THE_PRIMARY)) or forgets_a_type(cause)


def forgets_a_type(error: BaseException) -> bool:
    """What PostgreSQL says of a prepared statement that names a type by a number that is gone. The driver keeps the
    statement all the same, so only another connection helps."""
    return isinstance(error, asyncpg.InternalServerError) and "cache lookup failed" in str(error)


def driver_error(error: BaseException) -> BaseException:
    """asyncpg's own exception beneath the layers that SQLAlchemy wraps around it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error
