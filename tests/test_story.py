"""The story every client must be able to run: over HTTP, against the service as `./referral demo --story` starts it."""

from collections.abc import Iterator

import pytest

from app.cli.story import STEPS, Story, StoryError, begin, tell
from tests.running import Demo, running

STRANGERS_LISTS = (
    "cases",
    "intakes",
    "handovers?box=inbox",
    "handovers?box=outbox",
    "verifications?box=inbox",
    "verifications?box=outbox",
    "referrals?box=inbox",
    "referrals?box=outbox",
    "referrals?box=claimable",
    "returns?box=inbox",
    "returns?box=outbox",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("story") / "data", "--story") as started:
        yield started


@pytest.fixture
def story(demo: Demo) -> Iterator[Story]:
    with begin(demo.data, demo.url, lambda _: None) as told:
        yield told


def test_the_demo_narrates_every_step_with_its_requests_and_claims(demo: Demo) -> None:
    demo.listen("The story is complete")
    narrated = [line for line in demo.said if "· Step " in line]
    assert len(narrated) == len(STEPS) == 9
    assert sum("→" in line for line in demo.said) > 80
    assert sum("✓" in line for line in demo.said) > 50
    assert not [line for line in demo.said if "Sai · False" in line]


def test_the_story_can_be_told_again_to_the_same_service(demo: Demo) -> None:
    told: list[str] = []
    tell(demo.data, demo.url, told.append)
    assert "The story is complete" in told[-1]


def test_a_stranger_has_empty_lists_after_the_story(demo: Demo, story: Story) -> None:
    for name in STRANGERS_LISTS:
        assert story.call("demo-other-police", f"GET /v1/{name}", 200)["items"] == []


def test_the_story_ends_where_the_service_answers_otherwise(story: Story) -> None:
    with pytest.raises(StoryError, match="200, cần · wanted 404"):
        story.call("demo-border", "GET /v1/cases", 404)
    with pytest.raises(StoryError, match="officers are named"):
        story.claim(False, "officers are named")
