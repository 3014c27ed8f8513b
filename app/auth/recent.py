"""What was found a moment ago and holds for a few seconds more; bounded, so that no caller can fill memory."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, each for `seconds` after `since`; when there are `size` of them, the oldest gives way.

    `since` is read *before* a value is fetched, so that a slow fetch never makes old news look fresh.
    """

    def __init__(self, *, seconds: float, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._seconds = seconds
        self._size = size
        self._kept: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        since, value = self._kept.get(key, (None, None))
        if since is None or self.clock() - since >= self._seconds:
            self._kept.pop(key, None)
            return None
        return value

    def keep(self, key: K, value: V, since: float) -> None:
        self._kept.pop(key, None)
        if len(self._kept) >= self._size:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = (since, value)

    def forget(self, key: K) -> None:
        self._kept.pop(key, None)
