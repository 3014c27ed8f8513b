"""The Python client of the referral service: sync and async, typed from the contract, on httpx and cryptography alone.

Nothing of the service is imported here, so that this folder can be published as it is (README.md beside this file).
"""

from .clients import AsyncClient, Client
from .contract import operations as api
from .contract import problems, types
from .conversations import Batch
from .errors import (
    DoneUnseenError,
    FieldError,
    NotAdmittedError,
    ProblemError,
    ReferralError,
    UnexpectedAnswerError,
    UnreachableError,
)
from .exchange import Retries
from .keys import Key, UnusableKeyError
from .receipts import BadReceiptError, Receipt
from .wire import Answer, Request

__all__ = [
    "Answer",
    "AsyncClient",
    "BadReceiptError",
    "Batch",
    "Client",
    "DoneUnseenError",
    "FieldError",
    "Key",
    "NotAdmittedError",
    "ProblemError",
    "Receipt",
    "ReferralError",
    "Request",
    "Retries",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnusableKeyError",
    "api",
    "problems",
    "types",
]
