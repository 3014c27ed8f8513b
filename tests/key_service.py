"""A stand-in for the external key service: the few calls of the transit API that the service makes, over real HTTP."""

import json
import os
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.key_service import KeyService

TOKEN = "s.test-token"


@dataclass
class Transit:
    """`answer`, when set, is sent instead of the right one: status and body; `pause` comes before every answer."""

    url: str
    versions: dict[int, bytes] = field(default_factory=lambda: {1: os.urandom(32)})
    least: int = 1
    answer: tuple[int, bytes] | None = None
    pause: float = 0
    calls: list[str] = field(default_factory=list)

    def reply(self, method: str, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append(f"{method} {path}")
        action = path.removeprefix("/v1/transit/").split("/")
        bound = b64decode(said.get("associated_data", ""))
        match method, *action:
            case "POST", "encrypt", "referral":
                version, nonce = max(self.versions), os.urandom(12)
                sealed = nonce + AESGCM(self.versions[version]).encrypt(nonce, b64decode(said["plaintext"]), bound)
                return 200, {"data": {"ciphertext": f"vault:v{version}:{b64encode(sealed).decode()}"}}
            case "POST", "decrypt", "referral":
                return self._decrypt(said["ciphertext"], bound)
            case "POST", "keys", "referral", "rotate":
                self.versions[max(self.versions) + 1] = os.urandom(32)
                return 204, {}
            case "POST", "keys", "referral", "config":
                self.least = said["min_decryption_version"]
                return 204, {}
            case "POST", "keys", "referral", "trim":
                least = said["min_available_version"]
                self.versions = {version: key for version, key in self.versions.items() if version >= least}
                return 204, {}
            case "GET", "keys", "referral":
                return 200, {"data": {"latest_version": max(self.versions), "min_decryption_version": self.least}}
        return 404, {"errors": []}

    def _decrypt(self, ciphertext: str, bound: bytes) -> tuple[int, dict[str, Any]]:
        _, version, text = ciphertext.split(":")
        sealed, number = b64decode(text), int(version[1:])
        if number < self.least or number not in self.versions:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            plain = AESGCM(self.versions[number]).decrypt(sealed[:12], sealed[12:], bound)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(plain).decode()}}


class _Server(ThreadingHTTPServer):
    transit: Transit

    def handle_error(self, *_: Any) -> None:
        """A caller that hung up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _do(self) -> None:
        made, size = self.server.transit, int(self.headers.get("Content-Length") or 0)
        said = json.loads(self.rfile.read(size) or b"{}")
        time.sleep(made.pause)
        status, body = made.answer or (403, b'{"errors": ["permission denied"]}')
        if made.answer is None and self.headers.get("X-Vault-Token") == TOKEN:
            status, content = made.reply(self.command, self.path, said)
            body = b"" if status == 204 else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 307:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _do

    def log_message(self, *_: Any) -> None:
        """A test is no place for an access log."""


@contextmanager
def transit(folder: Path) -> Iterator[tuple[Transit, KeyService]]:
    """The running stand-in, and where the service finds it; half a second is the longest a call may take."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.transit = Transit(f"http://127.0.0.1:{server.server_address[1]}")
    (folder / "token").write_text(TOKEN + "\n")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.transit, KeyService(server.transit.url, "referral", folder / "token", seconds=0.5)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
