"""The story of the contract (api.md, steps 1-9), told by each client over HTTP, and checked claim by claim.

The demo tells it and the tests run it: the same steps, so what a visitor sees is what was tested.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from app.cli import network
from app.cli.folder import key_path
from app.cli.story.arrival import hand_over, receive, verify
from app.cli.story.care import deliver, refer, reintegrate
from app.cli.story.homecoming import come_home
from app.cli.story.partners import Partner, Story, StoryError
from app.cli.story.views import follow, review
from app.client import Client, Key

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
    with begin(data, url, listen) as story:
        for number, (title, step) in enumerate(STEPS, 1):
            listen(f"\n  Bước {number} · Step {number}: {title}")
            step(story)
    listen("\n  Câu chuyện đã trọn. · The story is complete.\n")


@contextmanager
def begin(data: Path, url: str, listen: Callable[[str], None]) -> Iterator[Story]:
    """A story about to start: every client of the demo, and the ids of their organisations by client."""
    members = network.members()
    with ExitStack() as stack:
        partners = {
            m.client: Partner(f"cb-{n:04}", stack.enter_context(_client(data, url, m.client, f"cb-{n:04}")))
            for n, m in enumerate(members, 1)
        }
        ids = {m.client: str(m.organisation.id) for m in members}
        yield Story(partners, listen, {**ids, "intake": str(uuid4())})


def _client(data: Path, url: str, client_id: str, officer: str) -> Client:
    purpose = "oversight_review" if client_id == "demo-oversight" else "care_coordination"
    return Client(url, client_id, Key.load(key_path(data, client_id)), officer=officer, purpose=purpose)
