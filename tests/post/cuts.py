"""The connection is cut after every n-th byte of an exchange, in either direction; whatever was cut, one row stays."""

from dataclasses import dataclass
from uuid import UUID

from app.post.line import PassingError
from tests.post.ground import Ground, Post
from tests.post.wire import Direction

DIRECTIONS: tuple[Direction, ...] = ("up", "down")


@dataclass(frozen=True)
class Cuts:
    """`ids`: every record that was sent through a cut line. `length`: bytes of one exchange in each direction."""

    ids: list[UUID]
    cuts: int
    length: dict[Direction, int]


def cut_everywhere(ground: Ground, post: Post, every: int, *, with_token: bool) -> Cuts:
    """One record for each cut: at the bytes of submission and receipt, or at those of the token request before them."""
    ids: list[UUID] = []
    length = _measured(ground, post, ids, with_token=False)
    if with_token:
        whole = _measured(ground, post, ids, with_token=True)
        length = {direction: whole[direction] - length[direction] for direction in DIRECTIONS}
    before = ground.relay.cuts
    for direction in DIRECTIONS:
        ids += [_cut(ground, post, direction, at, with_token) for at in range(1, length[direction] + 1, every)]
    ground.relay.arm()
    return Cuts(ids, ground.relay.cuts - before, length)


def _measured(ground: Ground, post: Post, ids: list[UUID], *, with_token: bool) -> dict[Direction, int]:
    """Bytes of one exchange that nothing cuts."""
    ids.append(_exchange(post, with_token))
    ground.relay.arm()
    ids.append(_exchange(post, with_token))
    return dict(ground.relay.carried)


def _cut(ground: Ground, post: Post, direction: Direction, at: int, with_token: bool) -> UUID:
    ground.relay.arm(direction, at)
    return _exchange(post, with_token)


def _exchange(post: Post, with_token: bool) -> UUID:
    """A record goes out over a connection of its own, so that a cut falls on the same byte each time."""
    if with_token:
        post.network.client.session.tokens.forget(post.network.client.session.tokens._token)
    post.network.client._line.http._transport.close()
    sent = post.confirm()
    post.send_until_done()
    return sent


def admitted(post: Post) -> bool:
    """Whether the service takes this client's word at present."""
    tokens = post.network.client.session.tokens
    tokens.forget(tokens._token)
    try:
        post.network.me()
    except PassingError as why:
        return why.code != "not_admitted"
    return True
