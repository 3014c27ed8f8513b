"""The story of the contract (api.md, steps 1-9), told by each client over HTTP, and checked claim by claim.

The demo tells it and the tests run it: the same steps, so what a visitor sees is what was tested.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx

from app.cli import network
from app.cli.story.arrival import hand_over, receive, verify
from app.cli.story.care import deliver, refer, reintegrate
from app.cli.story.homecoming import come_home
from app.cli.story.partners import Partner, Story, StoryError
from app.cli.story.views import follow, review

__all__ = ["STEPS", "Story", "StoryError", "begin", "tell"]

STEPS: tuple[tuple[str, Callable[[Story], None]], ...] = (
    ("Đồn biên phòng tiếp nhận · The border post receives", receive),
    ("Bàn giao cho cơ quan hỗ trợ · Hand-over to social support", hand_over),
    ("Công an xác minh · The police verify", verify),
    ("Chuyển tuyến, có sự đồng ý · A referral, by consent", refer),
    ("Hội hỗ trợ tâm lý · The association supports", deliver),
    ("Ai thấy gì · Who sees what", follow),
    ("Tái hòa nhập và đóng hồ sơ · Reintegration and closure", reintegrate),
    ("Diễn biến và lượt đọc · Timeline and accesses", review),
    ("Trở về có báo trước, tin báo chưa rõ người · A return announced, a report of somebody unknown", come_home),
)


def tell(data: Path, url: str, listen: Callable[[str], None]) -> None:
    """The whole story; `StoryError` where the service departs from it."""
    with httpx.Client(base_url=url, timeout=30) as http:
        story = begin(data, http, listen)
        for number, (title, step) in enumerate(STEPS, 1):
            listen(f"\n  Bước {number} · Step {number}: {title}")
            step(story)
    listen("\n  Câu chuyện đã trọn. · The story is complete.\n")


def begin(data: Path, http: httpx.Client, listen: Callable[[str], None]) -> Story:
    """A story about to start: every client of the demo, and the ids of their organisations by client."""
    url = str(http.base_url).rstrip("/")
    members = network.members()
    partners = {m.client: Partner(m.client, url, data, http, f"cb-{n:04}") for n, m in enumerate(members, 1)}
    ids = {m.client: str(m.organisation.id) for m in members}
    return Story(partners, listen, {**ids, "intake": str(uuid4())})
