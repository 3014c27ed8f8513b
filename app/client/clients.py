"""`Client` and `AsyncClient`: the same calls, waited for by a thread or on asyncio."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from uuid import UUID

import httpx

from app.client.calling import Options, Speaker, Stated, general, stating
from app.client.conversations import Batch, act, batch, following, receipt, shown
from app.client.keys import Key
from app.client.receipts import Receipt
from app.client.transport import AsyncLine, Line
from app.client.wire import NOTHING, Answer, Page, Request

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

    def act(self, read: Request[Any], move: Callable[[str], Request[T]]) -> T:
        """Reads, then moves what was read, on the version that was read: `client.act(api.get_plans_plan_id(plan),
        lambda etag: api.patch_plans_plan_id(plan, {"goals": goals}, etag=etag))`."""
        return self._line.drive(act(self.session, read, move))

    def items(self, request: Request[Page[T]], **stated: Unpack[Stated]) -> Iterator[T]:
        """Every item of a list, fetched part by part as they are asked for."""
        asked: Request[Page[T]] | None = request
        while asked is not None:
            page = self.send(asked, **stated)
            yield from page["items"]
            asked = following(asked, page)

    def follow(self, after: str | None = None, types: Sequence[str] = (), *, wait: int = 25) -> Iterator[Batch]:
        """The change feed from `after` on, for ever; with `wait=0` up to what there is now. A cursor that is too old is
        the problem `cursor_expired`: whoever was away for so long reads the lists again."""
        while True:
            heard = self._line.drive(batch(self.session, after, types, wait, self.timeout))
            yield heard
            if not wait and not heard.events:
                return
            after = heard.after

    def receipt(self, intake_id: UUID | str, body: Any = None) -> Receipt:
        """The signed receipt of an intake, checked; `BadReceiptError`. With `body`: that it is for this content."""
        return self._line.drive(receipt(self.session, intake_id, body))

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

    async def act(self, read: Request[Any], move: Callable[[str], Request[T]]) -> T:
        """Reads, then moves what was read, on the version that was read: `client.act(api.get_plans_plan_id(plan),
        lambda etag: api.patch_plans_plan_id(plan, {"goals": goals}, etag=etag))`."""
        return await self._line.drive(act(self.session, read, move))

    async def items(self, request: Request[Page[T]], **stated: Unpack[Stated]) -> AsyncIterator[T]:
        """Every item of a list, fetched part by part as they are asked for."""
        asked: Request[Page[T]] | None = request
        while asked is not None:
            page = await self.send(asked, **stated)
            for item in page["items"]:
                yield item
            asked = following(asked, page)

    async def follow(
        self, after: str | None = None, types: Sequence[str] = (), *, wait: int = 25
    ) -> AsyncIterator[Batch]:
        """The change feed from `after` on, for ever; with `wait=0` up to what there is now. A cursor that is too old is
        the problem `cursor_expired`: whoever was away for so long reads the lists again."""
        while True:
            heard = await self._line.drive(batch(self.session, after, types, wait, self.timeout))
            yield heard
            if not wait and not heard.events:
                return
            after = heard.after

    async def receipt(self, intake_id: UUID | str, body: Any = None) -> Receipt:
        """The signed receipt of an intake, checked; `BadReceiptError`. With `body`: that it is for this content."""
        return await self._line.drive(receipt(self.session, intake_id, body))

    async def close(self) -> None:
        await self._line.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
