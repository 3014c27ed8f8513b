"""The paths beside plain reading: replays, searches, refusals, printed forms, timelines, other methods."""

import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pypdf
import pytest

from app.forms.pages import PAGES
from tests.disclosure.journals import told_of
from tests.disclosure.marks import MARK
from tests.disclosure.sweep import Moment, rows_of
from tests.disclosure.watched import Watched
from tests.disclosure.wire import TYPED, texts
from tests.personas import PERSONAS
from tests.whole_walk import Sent


@pytest.fixture
async def now(watched: Watched) -> Moment:
    """The moment after the walk."""
    watched.sweep.findings.looser.clear()
    return await watched.moment("after the walk")


def _judged(watched: Watched, moment: Moment, who: str, what: str, answer: httpx.Response, *more: str) -> list[str]:
    watched.sweep.judge(moment, who, what, answer, *more)
    return watched.sweep.findings.looser


async def test_a_replay_shows_what_may_be_seen_now(watched: Watched, now: Moment) -> None:
    replayed = [sent for sent in watched.walked.sent if sent.method == "POST" or sent.path.startswith("/v1/intakes/")]
    for sent in replayed:
        answer = await sent.send(watched.clients)
        assert answer.is_success, (sent.path, answer.text)
        _judged(watched, now, sent.who, f"replay of {sent.method} {sent.path} by {sent.who}", answer)
    assert len(replayed) > 120
    assert watched.sweep.findings.looser == []


async def test_no_refusal_gives_back_what_was_sent(watched: Watched) -> None:
    """Every body of the walk once more: with a member too many, with texts where none belong, and cut off."""
    for sent in (each for each in watched.walked.sent if isinstance(each.body, dict)):
        for body in ({**sent.body, "zq0123456789ab": "zq0123456789ab"}, _nested(sent.body)):
            again = Sent(sent.who, sent.method, sent.path, body, _fresh(sent))
            _refused_without_echo(watched, await again.send(watched.clients))
        headers = await watched.clients.headers(sent.who, sent.method, {"Content-Type": "application/json"})
        cut = str(sent.body).encode()
        _refused_without_echo(
            watched, await watched.clients.http.request(sent.method, sent.path, content=cut, headers=headers)
        )


def _fresh(sent: Sent) -> dict[str, str | None]:
    key = {"Idempotency_Key": str(uuid4())} if sent.method == "POST" else {}
    return {**sent.headers, **key}


def _nested(body: Any) -> Any:
    match body:
        case dict():
            return {name: _nested(value) for name, value in body.items()}
        case list():
            return [_nested(value) for value in body]
        case str() if MARK.search(body):
            return {body: [body]}
    return body


def _refused_without_echo(watched: Watched, answer: httpx.Response) -> None:
    watched.finder.plant("zq0123456789ab")
    told = (answer.text, *(f"{name}: {value}" for name, value in answer.headers.items()))
    assert watched.finder.found(*told) == set(), answer.text


@pytest.mark.parametrize(
    ("header", "query"),
    [
        ("Acting_Officer", ""),
        ("Purpose_Of_Use", ""),
        ("If_None_Match", ""),
        ("Accept_Language", ""),
        ("traceparent", ""),
    ]
    + [(None, f"?{name}=") for name in ("cursor", "limit", "status", "include_total", "anything")],
)
async def test_headers_and_queries_are_not_given_back(watched: Watched, header: str | None, query: str) -> None:
    mark = watched.finder.plant("zq0123456789ab")
    changes = {header: mark} if header else {}
    for path in ("/v1/cases", f"/v1/cases/{watched.walked.words['case']}", f"/v1/cases/{mark}", f"/v1/{mark}"):
        answer = await watched.clients.get("demo-labour", f"{path}{query}{mark if query else ''}", **changes)
        assert mark not in watched.finder.found(answer.text, str(answer.headers))


async def test_a_search_finds_only_who_may_be_read_and_names_nobody(watched: Watched, now: Moment) -> None:
    found = 0
    for section, asked in _searches(watched):
        for who, persona in PERSONAS.items():
            answer = await watched.clients.call(who, "POST", "/v1/case-searches", asked)
            _judged(watched, now, who, "search", answer)
            hits = {item["id"] for item in answer.json().get("items", [])}
            found += len(hits)
            assert all(section in now.policy.sections(str(persona.id), hit) for hit in hits), (who, asked)
    assert found > 10
    assert watched.sweep.findings.looser == []


def _searches(watched: Watched) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every name with its year, and every number, that was ever sent of a person."""
    for sent in watched.walked.sent:
        for pointer, text in texts(sent.body) if isinstance(sent.body, dict) else ():
            if pointer.endswith("/full_name") and MARK.search(text):
                yield "identity", {"full_name": text, "birth_year": 1901}
            if pointer.endswith("identity_documents/*/number") and MARK.search(text):
                yield "papers", {"document_number": text}


async def test_a_form_prints_what_its_reader_may_read(watched: Watched, now: Moment) -> None:
    printed = 0
    for case_id in (watched.walked.words["case"], watched.walked.words["child"]):
        for who in PERSONAS:
            for code in PAGES:
                answer = await watched.clients.get(who, f"/v1/cases/{case_id}/forms/{code}")
                pdf = answer.status_code == 200
                printed += pdf
                _judged(watched, now, who, f"form {code} by {who}", answer, _text_of(answer) if pdf else "")
    assert printed > 10
    assert watched.sweep.findings.looser == []


def _text_of(answer: httpx.Response) -> str:
    read = pypdf.PdfReader(io.BytesIO(answer.content))
    return "\n".join([*(page.extract_text() for page in read.pages), str(read.metadata)])


async def test_timeline_and_accesses_tell_what_one_took_part_in(watched: Watched, now: Moment) -> None:
    told = 0
    for case in now.policy.rows("case"):
        journals = await told_of(watched, now, case)
        assert [(each.who, each.path, each.shown ^ each.due) for each in journals if each.shown != each.due] == []
        told += sum(len(each.due) for each in journals)
    assert told > 500


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "DELETE"])
async def test_other_methods_show_nothing(watched: Watched, now: Moment, method: str) -> None:
    for kind, row in rows_of(now.policy, [watched.walked.words["case"]], 1):
        for path in TYPED["shows"][kind]:
            filled = path.partition("{")[0] + row.get("id", "") if path.count("{") == 1 else path
            for who in ("demo-labour", "demo-stranger"):
                answer = await watched.clients.call(who, method, filled)
                assert answer.status_code in (404, 405)
                _judged(watched, now, who, f"{method} {path} by {who}", answer)
    assert watched.sweep.findings.looser == []
