"""A refused token leaves one security event, and a flood of them does not fill the log."""

import asyncio
import json
import logging
from uuid import uuid4

import pytest

from app.auth.alarm import LINES, SECONDS, Alarm
from app.cli import logs

REQUEST = uuid4()


@pytest.fixture
def listed(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, "referral.security")
    return caplog


async def test_beyond_so_many_lines_a_minute_refusals_are_counted_and_the_count_is_told(
    listed: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    alarm = Alarm(lambda: now)
    for _ in range(LINES + 140):
        alarm.token_refused("token", REQUEST)
    assert len(listed.records) == LINES
    now = SECONDS
    alarm.token_refused("token", REQUEST)
    assert [record.msg for record in listed.records[LINES:]] == ["tokens_refused", "token_refused"]
    assert listed.records[LINES].__dict__["count"] == 140


async def test_the_count_is_told_though_no_further_token_comes(listed: pytest.LogCaptureFixture) -> None:
    now = 0.0
    alarm = Alarm(lambda: now)
    now = SECONDS - 0.001
    for _ in range(LINES + 2):
        alarm.token_refused("token", REQUEST)
    async with asyncio.timeout(10):
        while len(listed.records) == LINES:
            await asyncio.sleep(0.001)
    assert listed.records[-1].__dict__["count"] == 2


async def test_the_line_is_json_with_the_event_and_nothing_that_was_sent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.configure(logging.WARNING)
    Alarm().token_refused("registry", REQUEST, "demo-border")
    line = json.loads(capsys.readouterr().err)
    line.pop("timestamp")
    assert line == {
        "event": "token_refused",
        "level": "warning",
        "logger": "referral.security",
        "step": "registry",
        "client": "demo-border",
        "request_id": str(REQUEST),
    }
