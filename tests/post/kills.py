"""Kills a post before every step of what it does, and brings each record home afterwards."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.post.ground import Post
from tests.post.mortal import ANSWERS
from tests.running import ENVIRONMENT, ROOT

MOST = 400


@dataclass
class Kills:
    """`steps` of the act when nothing kills it; `ids` of the records that must be there in the end."""

    kills: int = 0
    steps: int = 0
    ids: list[UUID] = field(default_factory=list)


@contextmanager
def mortals() -> Iterator[Callable[..., list[str]]]:
    """Orders a process that forks for each life: `(post, act, step)` → what it said."""
    command = [sys.executable, "-m", "tests.post.mortal"]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        sent, heard = process.stdin, process.stdout

        def order(post: Post, act: str, step: int) -> list[str]:
            stated = {"act": act, "folder": str(post.folder), "secret": post.box._secret.hex(), "step": step}
            sent.write(json.dumps(stated) + "\n")
            sent.flush()
            said: list[str] = json.loads(heard.readline())
            return said

        yield order
        sent.close()
        process.wait(timeout=60)


def kill_writing(post: Post, order: Callable[..., list[str]], every: int = 1) -> Kills:
    """Whatever the officer was told is kept is there: each answer, and the confirmation."""
    done = Kills()
    for step in range(1, MOST, every):
        said = order(post, "write", step)
        if said:
            _check_kept(post, said, done)
        if said and said[-1] == "end":
            done.steps = step
            return done
        done.kills += 1
    raise AssertionError("never came to its end")


def _check_kept(post: Post, said: list[str], done: Kills) -> None:
    item_id, *answered = said
    item = post.box.find(UUID(item_id))
    assert item, f"lost: {said}"
    kept = item.answers or {}
    assert all(kept.get(key) == ANSWERS[key] for key in answered if key in ANSWERS), f"an answer is lost: {said}"
    if "confirmed" in answered:
        assert item.state == "ready"
    if item.state == "ready":
        done.ids.append(item.id)


def kill_sending(post: Post, order: Callable[..., list[str]], every: int = 1) -> Kills:
    """One record for each death; the next life sends it, if the first did not."""
    done = Kills()
    for step in range(1, MOST, every):
        done.ids.append(post.confirm())
        said = order(post, "send", step)
        if said and said[-1] == "end":
            done.steps = step
            return done
        done.kills += 1
        post.send_until_done()
    raise AssertionError("never came to its end")


def kill_act(post: Post, order: Callable[..., list[str]], act: str, every: int = 1) -> Kills:
    """An act on a file that lies there: killed before each step and done again, it is done once."""
    done = Kills()
    for step in range(1, MOST, every):
        said = order(post, act, step)
        if said and said[-1] == "end":
            done.steps = step
            return done
        done.kills += 1
    raise AssertionError("never came to its end")


def summary(name: str, done: Kills, found: Any = "") -> str:
    return f"{name}: kills {done.kills} before {done.steps} steps, {found}"
