"""The feed and the lists, followed to their end over the real service."""

from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.client import AsyncClient, api, problems
from app.events.relay import forget
from tests.client.conftest import Dial, options
from tests.client.records import intake
from tests.conftest import Raw
from tests.served import Served


async def test_the_feed_is_followed_from_where_one_left_off(dial: Dial) -> None:
    post = dial()
    first, second = uuid4(), uuid4()
    post.send(api.put_intakes_intake_id(first, intake()))
    heard, after = [], None
    for batch in post.follow(wait=5):
        heard += [event["subject"] for event in batch.events]
        after = batch.after
        if f"intake/{first}" in heard:
            break
    post.send(api.put_intakes_intake_id(second, intake()))
    later: list[str] = []
    for batch in post.follow(after, wait=5):
        later += [event["subject"] for event in batch.events]
        if f"intake/{second}" in later:
            break
    assert f"intake/{first}" not in later


async def test_each_event_comes_once_however_many_parts_it_comes_in(dial: Dial) -> None:
    post, heard = dial(), list[str]()
    sent = [uuid4() for _ in range(3)]
    ahead = iter(sent)
    post.send(api.put_intakes_intake_id(next(ahead), intake()))
    for batch in post.follow(wait=5):
        heard += [event["id"] for event in batch.events]
        subjects = [event["subject"] for event in batch.events]
        if f"intake/{sent[-1]}" in subjects:
            break
        for following in ahead if any(subject.startswith("intake/") for subject in subjects) else ():
            post.send(api.put_intakes_intake_id(following, intake()))
            break
    assert len(heard) == len(set(heard)) > len(sent)


async def test_without_waiting_it_ends_at_what_there_is(dial: Dial) -> None:
    batches = list(dial("demo-stranger").follow(wait=0))
    assert [batch.events for batch in batches] == [[]]


async def test_types_narrow_it_and_bind_its_cursor(dial: Dial) -> None:
    post = dial()
    post.send(api.put_intakes_intake_id(uuid4(), intake()))
    batch = next(batch for batch in post.follow(types=["case.opened"], wait=5) if batch.events)
    assert {event["type"] for event in batch.events} == {"case.opened"}
    with pytest.raises(problems.InvalidCursor):
        next(post.follow(batch.after, types=["intake.submitted"]))
    with pytest.raises(problems.InvalidCursor):
        next(dial("demo-labour").follow(batch.after, types=["case.opened"]))


async def test_whoever_was_away_for_too_long_is_told_so(app: FastAPI, dial: Dial, raw: Raw) -> None:
    post = dial()
    after = next(post.follow(wait=0)).after
    post.send(api.put_intakes_intake_id(uuid4(), intake()))
    assert next(batch for batch in post.follow(after, wait=5) if batch.events)
    await raw.all.execute("update outbox_events set at = now() - interval '31 days'")
    assert await forget(app.state.database)
    with pytest.raises(problems.CursorExpired):
        next(post.follow(after, wait=0))


async def test_it_is_followed_on_asyncio_too(service: Served, raw: Raw, data: Path) -> None:
    async with AsyncClient(**options("demo-border", data, service.url, {})) as post:
        await post.send(api.put_intakes_intake_id(uuid4(), intake()))
        async for batch in post.follow(wait=5):
            if batch.events:
                break
        assert batch.after


@pytest.mark.parametrize("size", [1, 2, 50])
async def test_a_list_is_whole_whatever_its_parts(size: int, dial: Dial) -> None:
    post, ids = dial(), {str(uuid4()) for _ in range(5)}
    for each in sorted(ids):
        post.send(api.put_intakes_intake_id(each, intake()))
    listed = [item["id"] for item in post.items(api.get_intakes(limit=size))]
    assert (len(listed), set(listed)) == (5, ids)


async def test_what_is_no_json_is_had_as_it_is(dial: Dial) -> None:
    post = dial()
    case = post.send(api.put_intakes_intake_id(uuid4(), intake()))["case"]
    assert case
    printed = post.answer(api.get_cases_case_id_forms_form_code(case["id"], "declaration_domestic"))
    assert printed.body.startswith(b"%PDF")


async def test_open_things_need_no_token(dial: Dial) -> None:
    stranger = dial(client_id="nobody-yet")
    assert stranger.send(api.get_code_lists_name("sex"))["name"] == "sex"
    assert stranger.send(api.get_healthz())
