"""What is tried again, how long after, and what never is: the core is asked step by step, so no time passes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest

from app.client import Answer, Key, ProblemError, ReferralError, Request, Retries, UnreachableError, api, problems
from app.client.exchange import Session
from app.client.keys import b64, unb64
from app.client.tokens import Tokens
from app.client.wire import LostError, Pause, Reply, Send
from tests.client.records import intake
from tests.client.stub import TOKEN

URL = "https://referral.example"
PUT = api.put_intakes_intake_id(uuid4(), intake())
POST = api.post_cases_case_id_notes(uuid4(), {"text": "…"})
MOVE = api.post_referrals_referral_id_starts(uuid4(), etag='"1"')
PATCH = api.patch_cases_case_id(uuid4(), {"sections": {}}, etag='"1"')
GET = api.get_me()
SEARCH = api.post_case_searches({"document_number": "1"})
REPEATABLE = {"PUT": PUT, "POST": POST, "a move": MOVE, "PATCH": PATCH, "GET": GET}
LOST, NEVER_SENT = LostError("cut", begun=True), LostError("refused", begun=False)
Outcome = Reply | LostError


def refusal(status: int, code: str, **headers: str) -> Reply:
    named = {"Content-Type": "application/problem+json"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return Reply(status, httpx.Headers(named), json.dumps({"code": code, "title": code}).encode())


def done(status: int = 200) -> Reply:
    return Reply(status, httpx.Headers({"Content-Type": "application/json"}), b'{"etag": "1"}')


BOUND = TOKEN | {"token_type": "DPoP"}
GIVEN = Reply(200, httpx.Headers({"Content-Type": "application/json"}), json.dumps(BOUND).encode())
BUSY = refusal(429, "too_many_requests", Retry_After="7")
CLOSED = refusal(503, "unavailable", Retry_After="5")
RUNNING = refusal(409, "idempotency_in_progress", Retry_After="1")
BROKEN = refusal(500, "internal_error")


@dataclass
class Played:
    """What the core did with these outcomes: what it sent but for tokens, and how long it paused."""

    sent: list[Send] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    tokens: list[Send] = field(default_factory=list)
    answer: Answer[Any] | None = None
    error: ReferralError | None = None

    def play(self, request: Request[Any], outcomes: Iterator[Outcome], retries: Retries) -> None:
        tokens = Tokens(URL, URL, "demo-border", Key.generate(), Key.generate())
        session = Session(tokens, {"Accept-Language": "vi"}, retries)
        steps = session.exchange(request)
        outcome: Outcome | None = None
        try:
            wanted = next(steps)
            while True:
                outcome = self._outcome(wanted, outcomes)
                wanted = steps.throw(outcome) if isinstance(outcome, LostError) else steps.send(outcome)
        except StopIteration as end:
            self.answer = end.value
        except ReferralError as error:
            self.error = error

    def _outcome(self, wanted: Send | Pause, outcomes: Iterator[Outcome]) -> Outcome | None:
        if isinstance(wanted, Pause):
            self.pauses.append(wanted.seconds)
            return None
        if wanted.url.endswith("/oauth/token"):
            self.tokens.append(wanted)
            return GIVEN
        self.sent.append(wanted)
        return next(outcomes)


def play(request: Request[Any], *outcomes: Outcome, retries: Retries = Retries()) -> Played:  # noqa: B008
    played = Played()
    played.play(request, iter(outcomes), retries)
    return played


@pytest.mark.parametrize("kind", REPEATABLE)
@pytest.mark.parametrize("outcome", [LOST, NEVER_SENT, BUSY, CLOSED, RUNNING, BROKEN], ids=str)
def test_what_can_have_no_second_effect_is_sent_again_the_same_to_the_byte(kind: str, outcome: Outcome) -> None:
    request = REPEATABLE[kind]
    played = play(request, outcome, outcome, done(max(request.statuses)))
    assert played.error is None
    assert played.answer
    assert len(played.sent) == 3
    assert len({(each.method, each.url, each.content) for each in played.sent}) == 1
    assert len({each.headers.get("Idempotency-Key") for each in played.sent}) == 1


@pytest.mark.parametrize("outcome", [LOST, BROKEN, CLOSED], ids=str)
def test_what_could_have_a_second_effect_is_not(outcome: Outcome) -> None:
    played = play(SEARCH, outcome)
    assert len(played.sent) == 1
    assert isinstance(played.error, UnreachableError | ProblemError)


@pytest.mark.parametrize("outcome", [NEVER_SENT, BUSY, refusal(408, "request_timeout")], ids=str)
def test_but_it_is_where_nothing_was_begun(outcome: Outcome) -> None:
    assert play(SEARCH, outcome, done()).answer


@pytest.mark.parametrize("status", sorted({400, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428}))
def test_a_refusal_is_never_sent_again(status: int) -> None:
    for request in (*REPEATABLE.values(), SEARCH):
        played = play(request, refusal(status, "some_rule"))
        assert len(played.sent) == 1
        assert not played.pauses
        assert isinstance(played.error, ProblemError)
        assert played.error.code == "some_rule"


def test_a_refused_token_is_replaced_once() -> None:
    unauthenticated = refusal(401, "unauthenticated")
    played = play(PUT, unauthenticated, done(201))
    assert (len(played.tokens), len(played.sent), played.pauses) == (2, 2, [])
    again = play(PUT, unauthenticated, unauthenticated)
    assert (len(again.tokens), len(again.sent)) == (2, 2)
    assert isinstance(again.error, problems.Unauthenticated)


def test_the_service_says_how_long_to_wait() -> None:
    played = play(PUT, BUSY, CLOSED, RUNNING, done(201))
    for pause, stated in zip(played.pauses, (7, 5, 1), strict=True):
        assert stated <= pause <= stated + 0.5


def test_a_date_to_wait_until_is_measured_by_the_services_clock() -> None:
    until = refusal(
        503, "unavailable", Retry_After="Sun, 22 Nov 2026 08:00:30 GMT", Date="Sun, 22 Nov 2026 08:00:00 GMT"
    )
    (pause,) = play(PUT, until, done(201)).pauses
    assert 30 <= pause <= 30.5


def test_whoever_would_wait_too_long_is_told_instead() -> None:
    played = play(PUT, refusal(429, "search_limit_reached", Retry_After="36000"))
    assert not played.pauses
    assert isinstance(played.error, problems.SearchLimitReached)
    assert played.error.retry_after == 36_000


def test_pauses_double_with_full_jitter_up_to_the_longest() -> None:
    retries = Retries(tries=8, first=1.0, longest=10.0)
    bounds = [1, 2, 4, 8, 10, 10, 10]
    runs = [play(GET, *[LOST] * 8, retries=retries).pauses for _ in range(50)]
    for run in runs:
        assert len(run) == 7
        assert all(0 <= pause <= bound for pause, bound in zip(run, bounds, strict=True))
    assert len({run[0] for run in runs}) == 50
    assert max(run[3] for run in runs) > 4


def test_it_ends_after_as_many_tries_as_were_allowed() -> None:
    played = play(PUT, *[LOST] * 3, retries=Retries(tries=3))
    assert isinstance(played.error, UnreachableError)
    assert played.error.begun
    refused = play(PUT, *[NEVER_SENT] * 3, retries=Retries(tries=3))
    assert isinstance(refused.error, UnreachableError)
    assert not refused.error.begun
    between = play(PUT, NEVER_SENT, LOST, NEVER_SENT, retries=Retries(tries=3))
    assert isinstance(between.error, UnreachableError)
    assert between.error.begun


def test_a_stale_version_after_a_lost_answer_says_so() -> None:
    stale = refusal(412, "stale_version")
    for outcomes, repeated in (((stale,), False), ((LOST, stale), True), ((NEVER_SENT, stale), False)):
        played = play(PATCH, *outcomes)
        assert isinstance(played.error, problems.StaleVersion)
        assert played.error.repeated is repeated


def test_a_key_of_the_callers_own_is_kept() -> None:
    played = play(POST.but({"Idempotency-Key": "form-0001-of-the-post"}), LOST, done(201))
    assert {each.headers["Idempotency-Key"] for each in played.sent} == {"form-0001-of-the-post"}


def test_a_rehearsal_takes_no_key_and_says_what_it_is() -> None:
    (sent,) = play(POST.rehearsed(), done()).sent
    assert "Idempotency-Key" not in sent.headers
    assert sent.url.endswith("?validate_only=true")


def claims(jws: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(unb64(jws.split(".")[1]))
    return told


def test_each_try_has_a_proof_of_its_own_for_this_call_and_this_token() -> None:
    challenge = refusal(401, "use_dpop_nonce", DPoP_Nonce="n-1")
    sent = play(PUT.but(validate=True), challenge, LOST, done(201)).sent
    proofs = [claims(each.headers["DPoP"]) for each in sent]
    assert len({proof["jti"] for proof in proofs}) == 3
    assert [proof.get("nonce") for proof in proofs] == [None, "n-1", "n-1"]
    for proof in proofs:
        assert (proof["htm"], proof["htu"]) == ("PUT", URL + PUT.path)
        assert proof["ath"] == b64(sha256(b"a.b.c").digest())
    assert {each.headers["Authorization"] for each in sent} == {"DPoP a.b.c"}


def test_each_token_is_asked_for_with_an_assertion_good_once_and_not_for_long() -> None:
    asked = play(PUT, refusal(401, "unauthenticated"), done(201)).tokens
    stated = [claims(dict(parse_qsl((each.content or b"").decode()))["client_assertion"]) for each in asked]
    assert len({each["jti"] for each in stated}) == 2
    for each in stated:
        assert each["aud"] == URL
        assert (each["iss"], each["sub"]) == ("demo-border", "demo-border")
        assert 0 < each["exp"] - each["iat"] <= 300


def test_nothing_that_is_printed_shows_a_person_or_a_token() -> None:
    played = play(PUT, done(201))
    told = repr((PUT, played.sent, played.tokens, played.answer, GIVEN))
    for word in ("Hoa", "a.b.c", "DPoP ", "eyJ", "etag"):
        assert word not in told
