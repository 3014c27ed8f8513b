"""Nothing is sent where it must not be: a trap on this machine counts every connection that reaches it."""

import json
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.webhooks import targets
from app.webhooks.lifecycle import Result
from app.webhooks.sending import Sender
from app.webhooks.targets import Checked, Resolve, Target, is_public
from tests.factories import a_case
from tests.personas import Clients
from tests.webhooks.conftest import ENDPOINTS, SECONDS, Hooks
from tests.webhooks.receivers import answering, receiving, redirecting

PUBLIC = "93.184.215.14"
CLOSED = [
    "0.0.0.0",  # noqa: S104
    *("10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::"),
    *("::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
    *("64:ff9b:1::808:808", "2002:7f00:1::1", "2002:a00:1::1", "2001::1", "2001:db8::1", "fc00::1"),
    *("fd12::1", "fe80::1", "fec0::1", "ff02::1", "100::1", "3fff::1"),
    "5f00::1",
]


def resolving(*answers: str) -> Resolve:
    """These addresses, one look-up after the other; the last one for ever."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return (left.pop(0) if len(left) > 1 else left[0]).split()

    return resolve


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_closed(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", f"::ffff:{PUBLIC}", "64:ff9b::808:808"])
def test_a_public_address_is_open(address: str) -> None:
    assert is_public(ip_address(address))


REFUSED = {
    "plain http": "http://hooks.example.org/x",
    "another port": "https://hooks.example.org:8443/x",
    "another host": "https://other.example.org/x",
    "a user": "https://hooks.example.org@127.0.0.1/x",
    "a user before": "https://me:secret@hooks.example.org/x",
    "a query": "https://hooks.example.org/x?token=1",
    "a fragment": "https://hooks.example.org/x#y",
    "a backslash": "https://hooks.example.org\\@127.0.0.1/x",
    "loopback": "https://127.0.0.1/x",
    "loopback by http": "http://127.0.0.1/x",
    "loopback as a number": "http://2130706433/x",
    "loopback in IPv6": "https://[::1]/x",
    "metadata": "http://169.254.169.254/latest/meta-data",
    "another scheme": "http://hooks.example.org:443/x",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
async def test_a_target_that_was_not_approved_is_refused_and_not_repeated(
    clients: Clients, hooks: Hooks, url: str
) -> None:
    await hooks.approve("hooks.example.org", 443)
    answer = await clients.call("demo-border", "POST", ENDPOINTS, {"url": url})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "webhook_target_refused")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/url", "host_not_approved")]
    assert url not in answer.text
    assert "example.org" not in answer.text


@pytest.mark.parametrize("address", [*CLOSED, f"{PUBLIC} 127.0.0.1", "", "not-an-address"])
async def test_a_name_that_leads_inside_is_refused_when_it_is_saved(
    clients: Clients, hooks: Hooks, address: str
) -> None:
    await hooks.approve("hooks.example.org", 443)
    with hooks.resolving(resolving(address)):
        answer = await clients.call("demo-border", "POST", ENDPOINTS, {"url": "https://hooks.example.org/x"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "address_not_public")
    assert not address or address not in json.dumps(answer.json()["errors"])


async def test_a_name_that_leads_inside_afterwards_reaches_nothing(clients: Clients, hooks: Hooks) -> None:
    """DNS rebinding: a public address when it was saved, this machine when it is sent."""
    async with receiving(answering(200)) as trap:
        with hooks.resolving(resolving(PUBLIC)):
            endpoint = await hooks.endpoint("demo-border", f"https://localhost:{trap.port}/hooks")
        await a_case(clients)
        hooks.sender = Sender(resolving("127.0.0.1"), seconds=SECONDS)
        await hooks.run()
        log = await hooks.log("demo-border", endpoint)
        assert {row["result"] for row in log if row["attempts"]} == {"address_not_public"}
        assert trap.connections == 0


async def test_the_connection_goes_to_the_address_that_was_checked(clients: Clients, hooks: Hooks) -> None:
    """The name leads here by the system's own look-up; what was checked is an address where nobody answers."""
    async with receiving(answering(200)) as trap:
        with hooks.resolving(resolving(PUBLIC)):
            endpoint = await hooks.endpoint("demo-border", f"https://localhost:{trap.port}/hooks")
        await a_case(clients)
        hooks.sender = Sender(resolving(PUBLIC, "127.0.0.1"), seconds=SECONDS)
        await hooks.run()
        log = await hooks.log("demo-border", endpoint)
        assert {row["result"] for row in log if row["attempts"]} <= {"timed_out", "unreachable"}
        assert trap.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(clients: Clients, hooks: Hooks, status: int) -> None:
    async with receiving(answering(200)) as trap, receiving(redirecting(trap.url, status)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["status_code"]) == ("pending", status)
        assert trap.connections == 0


async def test_a_host_that_is_no_longer_approved_is_sent_nothing(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.raw.all.execute("delete from webhook_hosts where port = $1", receiver.port)
        await hooks.run()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["result"], receiver.connections) == ("pending", "host_not_approved", 0)


async def test_no_proxy_of_the_environment_is_asked(
    clients: Clients, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving(answering(200)) as trap, receiving(answering(200)) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
        await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        assert (len(receiver.got), trap.connections) == (1, 0)


def a_certificate(folder: Path, name: str) -> Path:
    """Signed by itself, for this host; the file holds its key too."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{name}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(("asked", "delivered"), [("hooks.example.org", True), ("other.example.org", False)])
async def test_the_certificate_must_be_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, delivered: bool
) -> None:
    """Though the connection is made to an address. Here alone this machine passes for a public one."""
    certificate = a_certificate(tmp_path, "hooks.example.org")
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(certificate)
    monkeypatch.setattr(targets, "is_public", lambda _: True)
    sender = Sender(resolving("127.0.0.1"), ssl.create_default_context(cafile=str(certificate)), SECONDS * 10)
    async with receiving(answering(200), shown) as receiver:
        attempt = await sender.send(Target("https", asked, receiver.port, "/hooks"), b"{}", {})
        assert attempt.delivered is delivered
        if delivered:
            assert receiver.got[0].headers["host"] == f"{asked}:{receiver.port}"
        else:
            assert (attempt.result, receiver.got) == (Result.UNREACHABLE, [])


async def test_the_look_up_is_bounded_and_its_failure_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    attempt = await Sender().send(Target("https", "hooks.example.org", 443, "/"), b"{}", {})
    assert attempt.result is Result.UNRESOLVABLE


def test_an_address_is_written_as_a_url_has_it() -> None:
    target = Target("https", "hooks.example.org", 443, "/x")
    assert Checked(target, ip_address("2606:4700::1111")).url == "https://[2606:4700::1111]:443/x"
    assert Checked(target, ip_address(PUBLIC)).authority == "hooks.example.org"
