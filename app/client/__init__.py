"""The Python client of the referral service: sync and async, typed from the contract, on httpx and cryptography alone.

Nothing of the service is imported here, so that this folder can be published as it is (README.md beside this file).
"""

from app.client.clients import AsyncClient, Client
from app.client.contract import problems
from app.client.errors import (
    DoneUnseenError,
    FieldError,
    NotAdmittedError,
    ProblemError,
    ReferralError,
    UnexpectedAnswerError,
    UnreachableError,
)
from app.client.exchange import Retries
from app.client.keys import Key, UnusableKeyError
from app.client.wire import Answer, Request

__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "DoneUnseenError",
    "FieldError",
    "Key",
    "NotAdmittedError",
    "ProblemError",
    "ReferralError",
    "Request",
    "Retries",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnusableKeyError",
    "problems",
]
