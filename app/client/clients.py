"""`Client` and `AsyncClient`: the same calls, waited for by a thread or on asyncio."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx

from app.client.calling import Options, Speaker, Stated, general, shown, stating
from app.client.keys import Key
from app.client.transport import AsyncLine, Line
from app.client.wire import NOTHING, Answer, Request

T = TypeVar("T")


class Client(Speaker):
    """Waits for each answer. Closed after use, or used in a `with`; threads may share one."""

    def __init__(self, url: str, client_id: str, key: Key, **options: Unpack[Options]) -> None:
        super().__init__(url, client_id, key, options)
        self._line = Line(httpx.Client(verify=options.get("verify", True)), self.timeout)

    def send(self, request: Request[T], **stated: Unpack[Stated]) -> T:
        """What the operation answers; any `ReferralError`."""
        return shown(self.answer(request, **stated))

    def answer(self, request: Request[T], *, patience: float | None = None, **stated: Unpack[Stated]) -> Answer[T]:
        """The same with status and headers. `patience`: seconds of silence to bear, if not the client's own."""
        return self._line.drive(self.session.exchange(stating(request, stated), patience))

    def request(
        self,
        method: str,
        path: str,
        body: Any = NOTHING,
        query: Mapping[str, Any] | None = None,
        **stated: Unpack[Stated],
    ) -> Answer[Any]:
        """A call by method and path: `client.request("GET", "/v1/me").body`."""
        return self.answer(general(method, path, body, query), **stated)

    def close(self) -> None:
        self._line.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(Speaker):
    """Awaits each answer. Closed after use, or used in an `async with`; the tasks of one loop may share one."""

    def __init__(self, url: str, client_id: str, key: Key, **options: Unpack[Options]) -> None:
        super().__init__(url, client_id, key, options)
        self._line = AsyncLine(httpx.AsyncClient(verify=options.get("verify", True)), self.timeout)

    async def send(self, request: Request[T], **stated: Unpack[Stated]) -> T:
        """What the operation answers; any `ReferralError`."""
        return shown(await self.answer(request, **stated))

    async def answer(
        self, request: Request[T], *, patience: float | None = None, **stated: Unpack[Stated]
    ) -> Answer[T]:
        """The same with status and headers. `patience`: seconds of silence to bear, if not the client's own."""
        return await self._line.drive(self.session.exchange(stating(request, stated), patience))

    async def request(
        self,
        method: str,
        path: str,
        body: Any = NOTHING,
        query: Mapping[str, Any] | None = None,
        **stated: Unpack[Stated],
    ) -> Answer[Any]:
        """A call by method and path: `(await client.request("GET", "/v1/me")).body`."""
        return await self.answer(general(method, path, body, query), **stated)

    async def close(self) -> None:
        await self._line.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
