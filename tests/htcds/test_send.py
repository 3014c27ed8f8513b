"""What a row's submission comes to, against a service that answers as told."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from app.cli.htcds.send import PATIENCE, Answer, Refusal, submit
from app.client import Client, Key, NotAdmittedError, Retries, UnexpectedAnswerError, UnreachableError
from tests.client.stub import problem, reply, stub

ID = UUID("11111111-2222-8333-8444-555555555555")
CREATED = reply(201, {"reference": "AAAA0000"})
REPLAYED = reply(200, {"reference": "AAAA0000"}, Idempotent_Replayed="true")


@contextmanager
def client(*answers: bytes, token: bytes | None = None) -> Iterator[Client]:
    quick = Retries(tries=PATIENCE.tries, first=0.001)
    with (
        stub(*answers, token=token) as service,
        Client(service.url, "demo-border", Key.generate(), officer="officer.1", retries=quick) as made,
    ):
        yield made


def test_created_and_replayed() -> None:
    with client(CREATED, REPLAYED) as sender:
        assert submit(sender, ID, {}) == Answer("created", "AAAA0000")
        assert submit(sender, ID, {}) == Answer("replayed", "AAAA0000")


def test_a_cut_connection_and_a_failing_service_are_tried_again() -> None:
    failing = (b"", problem(500, "internal_error"), problem(503, "unavailable"), CREATED)
    with client(*failing) as sender:
        assert submit(sender, ID, {}).result == "created"


def test_a_row_that_always_breaks_the_service_is_rejected() -> None:
    with client(problem(500, "internal_error")) as sender:
        assert submit(sender, ID, {}) == Answer("rejected", refusals=(Refusal("", "internal_error", "internal_error"),))


def test_findings_of_the_service_are_kept_with_their_place() -> None:
    finding = {"pointer": "/person/birth_date", "code": "in_the_future", "message": "…", "params": {}}
    body = {"code": "validation_failed", "title": "…", "errors": [finding]}
    with client(reply(422, body, "application/problem+json")) as sender:
        assert submit(sender, ID, {}).refusals == (Refusal("/person/birth_date", "in_the_future", "…"),)


@pytest.mark.parametrize("answer", [problem(403, "insufficient_scope"), problem(401, "unauthenticated")])
def test_a_client_without_the_right_is_not_admitted(answer: bytes) -> None:
    with client(answer) as sender, pytest.raises(NotAdmittedError):
        submit(sender, ID, {})


def test_a_client_that_gets_no_token_is_not_admitted() -> None:
    with client(b"", token=reply(401, {"error": "invalid_client"})) as sender, pytest.raises(NotAdmittedError):
        submit(sender, ID, {})


def test_a_service_that_has_no_time_for_long_ends_the_import() -> None:
    with client(problem(429, "too_many_requests", Retry_After="86400")) as sender, pytest.raises(UnreachableError):
        submit(sender, ID, {})


def test_so_does_what_is_not_the_service() -> None:
    with client(reply(200, b"<html>", "text/html")) as sender, pytest.raises(UnexpectedAnswerError):
        submit(sender, ID, {})


def test_a_service_that_is_not_there_is_given_up_on() -> None:
    quick = Retries(tries=2, first=0.001)
    with Client("http://127.0.0.1:9", "x", Key.generate(), retries=quick) as sender, pytest.raises(UnreachableError):
        submit(sender, ID, {})
