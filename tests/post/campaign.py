"""`python -m tests.post.campaign`: a cut at every byte of an exchange, a kill before every step; figures at the end.

`--every 1` cuts at each byte (about twenty minutes); `--only kills|cuts|token` runs a part. Exit code 1 when anything
was lost, doubled, or has a receipt that does not match.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from app.auth.key_folder import ensure_keys
from app.embedded import ensure
from app.keyring import Keyring
from app.post import bundles, enrolment, receipts
from app.schema import upgrade
from tests.conftest import dsn
from tests.personas import register
from tests.post.cuts import cut_everywhere
from tests.post.ground import Balance, Ground, balance, standing
from tests.post.kills import kill_act, kill_sending, kill_writing, mortals


@contextmanager
def _fresh() -> Iterator[Ground]:
    """A service of its own, in a folder that goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix="referral-post-"))
    Keyring.create(folder / "keys")
    ensure_keys(folder / "keys")
    server = ensure(folder, durable=False)
    try:
        upgrade(server.migration_url)
        asyncio.run(_register(server.superuser_url, folder))
        with standing(server, folder, folder) as ground:
            yield ground
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _register(url: str, folder: Path) -> None:
    connection = await asyncpg.connect(dsn(url).rsplit("/", 1)[0] + "/referral")
    await register(connection, folder / "clients")
    await connection.close()


def _cuts(every: int, *, with_token: bool) -> Balance:
    with _fresh() as ground:
        post = ground.post()
        done = cut_everywhere(ground, post, every, with_token=with_token)
        found = balance(ground, done.ids, post.box)
    what = "token" if with_token else "submission, receipt"
    print(f"{what}: {dict(done.length)} bytes, {done.cuts} cuts, {found}", flush=True)
    return found


def _kills() -> Balance:
    with _fresh() as ground, mortals() as order:
        post, other = ground.post(), ground.post()
        written = kill_writing(post, order)
        post.send_until_done()
        sent = kill_sending(post, order)
        ids = written.ids + sent.ids + [other.confirm() for _ in range(20)]
        bundles.seal(other.box, enrolment.recipient(post.box), post.folder / "bundle.age")
        brought = kill_act(post, order, "bring")
        post.send_until_done()
        receipts.export(post.box, other.folder / "receipts.jws")
        let_go = kill_act(other, order, "let_go")
        found = balance(ground, ids, post.box, other.box)
    kills = {"write": written, "send": sent, "bring": brought, "let go": let_go}
    print(f"kills: { {name: each.kills for name, each in kills.items()} }, {found}", flush=True)
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--only", choices=("kills", "cuts", "token"))
    chosen = options.parse_args()
    started = time.monotonic()
    parts: dict[str, Callable[[], Balance]] = {
        "kills": _kills,
        "cuts": lambda: _cuts(chosen.every, with_token=False),
        "token": lambda: _cuts(chosen.every, with_token=True),
    }
    found = [run() for name, run in parts.items() if chosen.only in (None, name)]
    print(f"{time.monotonic() - started:.0f} s, {'all is well' if all(each.is_right for each in found) else 'WRONG'}")
    sys.exit(not all(each.is_right for each in found))


if __name__ == "__main__":
    main()
