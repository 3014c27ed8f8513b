"""The Python client of the referral service: sync and async, typed from the contract, on httpx and cryptography alone.

Nothing of the service is imported here, so that this folder can be published as it is (README.md beside this file).
"""

from app.client.clients import AsyncClient, Client
from app.client.contract import operations as api
from app.client.contract import problems, types
from app.client.conversations import Batch, Event
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
from app.client.receipts import BadReceiptError, Receipt
from app.client.wire import Answer, Request

__all__ = [
    "Answer",
    "AsyncClient",
    "BadReceiptError",
    "Batch",
    "Client",
    "DoneUnseenError",
    "Event",
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
