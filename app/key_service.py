"""Key-encryption keys held by an external service that speaks the transit API of HashiCorp Vault and OpenBao.

Every data key is wrapped and unwrapped there, with the key's id as associated data; nothing is kept between calls, so
while the service is down no person's words can be read or written. Its answers are bounded in time and size, no
redirect is followed, and whatever is wrong is one `KeyServiceError`.
"""

import asyncio
import json
import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.sealing import KEY_BYTES, KeyServiceError, bind

MOST_BYTES = 16_384
_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]+={0,2}")

_FAULTS = (httpx.HTTPError, OSError, TimeoutError, ValueError, TypeError, AttributeError, RecursionError)
"""No connection, no time, no JSON, or JSON of another shape; a thousand brackets deep is a RecursionError."""


@dataclass(frozen=True)
class KeyService:
    """Where it is. `mount` is the path of the transit engine, `token_file` is read anew for every call, since an agent
    renews it; `seconds` is the longest that one call may take."""

    url: str
    key: str
    token_file: Path
    mount: str = "transit"
    ca_file: Path | None = None
    seconds: float = 3


class TransitKeyProvider:
    """One named key of type aes256-gcm96; its versions are the key-encryption keys, `{key}:v{version}` their ids."""

    def __init__(self, service: KeyService) -> None:
        self._service = service
        self._client = httpx.AsyncClient(
            base_url=f"{service.url}/v1/{service.mount}/",
            timeout=service.seconds,
            verify=ssl.create_default_context(cafile=service.ca_file),
            limits=httpx.Limits(max_connections=20),
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )

    async def wrap(self, key_id: UUID, secret: bytes) -> tuple[bytes, str]:
        """Read back before anything is sealed under it: a key that does not return would be a lost person."""
        said = {"plaintext": b64encode(secret).decode(), "associated_data": _bound_to(key_id)}
        ciphertext = str((await self._ask("POST", f"encrypt/{self._service.key}", said)).get("ciphertext"))
        kek_id = self._kek_id(ciphertext)
        if await self.unwrap(key_id, ciphertext.encode(), kek_id) != secret:
            raise KeyServiceError
        return ciphertext.encode(), kek_id

    async def unwrap(self, key_id: UUID, wrapped: bytes, kek_id: str) -> bytes:
        said = {"ciphertext": wrapped.decode("ascii", "replace"), "associated_data": _bound_to(key_id)}
        if self._kek_id(said["ciphertext"]) != kek_id:
            raise KeyServiceError
        answer = await self._ask("POST", f"decrypt/{self._service.key}", said)
        try:
            secret = b64decode(answer["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise KeyServiceError from None
        if len(secret) != KEY_BYTES:
            raise KeyServiceError
        return secret

    async def current(self) -> str:
        return (await self._versions())[-1]

    async def older(self) -> Sequence[str]:
        return (await self._versions())[:-1]

    async def renew(self) -> str:
        await self._ask("POST", f"keys/{self._service.key}/rotate", {})
        return await self.current()

    async def retire(self, kek_id: str) -> None:
        """Older versions are first refused, then deleted: a lowered minimum alone could be raised again."""
        version = int(kek_id.rpartition(":v")[2])
        least = {"min_decryption_version": version, "min_encryption_version": version}
        await self._ask("POST", f"keys/{self._service.key}/config", least)
        await self._ask("POST", f"keys/{self._service.key}/trim", {"min_available_version": version})

    async def close(self) -> None:
        await self._client.aclose()

    async def _versions(self) -> list[str]:
        """From the oldest that it still decrypts to the newest."""
        told = await self._ask("GET", f"keys/{self._service.key}", None)
        oldest, newest = told.get("min_decryption_version"), told.get("latest_version")
        if not (type(oldest) is type(newest) is int and oldest <= newest):
            raise KeyServiceError
        return [f"{self._service.key}:v{version}" for version in range(max(oldest, 1), newest + 1)]

    def _kek_id(self, ciphertext: str) -> str:
        found = _CIPHERTEXT.fullmatch(ciphertext)
        if found is None:
            raise KeyServiceError
        return f"{self._service.key}:v{found[1]}"

    async def _ask(self, method: str, path: str, said: dict[str, Any] | None) -> dict[str, Any]:
        """The `data` of the answer. Why it failed is not told apart: a refused token is the operator's to mend."""
        try:
            headers = {"X-Vault-Token": self._service.token_file.read_text("ascii").strip()}
            # httpx bounds each reading; a service that drips bytes is bounded here.
            async with asyncio.timeout(self._service.seconds):
                answer = json.loads(await self._call(method, path, said, headers) or b"{}")
            data = answer.get("data") or {}
            return dict(data)
        except _FAULTS:
            raise KeyServiceError from None

    async def _call(self, method: str, path: str, said: dict[str, Any] | None, headers: dict[str, str]) -> bytes:
        body = bytearray()
        async with self._client.stream(method, path, json=said, headers=headers) as answer:
            if answer.status_code not in (200, 204):
                raise KeyServiceError
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise KeyServiceError
        return bytes(body)


def _bound_to(key_id: UUID) -> str:
    return b64encode(bind("data key", str(key_id))).decode()
