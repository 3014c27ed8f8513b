"""Three nodes on loopback as `deploy/` describes them: etcd, Patroni and PostgreSQL each, and HAProxy in front.

It decides how nodes are started, found out about, broken and brought back. Everything runs as a child of this process
on ports of 127.0.0.1, in the campaign's own folder, and is ended by its process id. Nothing is ever installed here.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.embedded import LOGINS, Server
from app.postgres_programs import NOBODY, find, process, unprivileged

DEPLOY = Path(__file__).parents[1] / "deploy"
HOST = "127.0.0.1"
NODES = ("node1", "node2", "node3")
PACKAGES = {
    "etcd": "Debian: etcd-server",
    "haproxy": "Debian: haproxy",
    "patroni": 'PyPI: "patroni[etcd3,psycopg3]" "psycopg[binary]" · Debian: patroni',
}
"""Program → the package it is in."""
_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin"])
_START_SECONDS = 180.0


class ClusterError(RuntimeError):
    """The cluster did not come to what it was waited for; the message says where the logs are."""


def missing() -> Mapping[str, str]:
    """Programs that are not on this machine, and their packages."""
    return {name: package for name, package in PACKAGES.items() if path_of(name) is None}


def path_of(name: str) -> str | None:
    return shutil.which(name, path=_PATH)


@dataclass
class Node:
    """`ports` by what listens there: etcd, peer, rest, postgres."""

    name: str
    folder: Path
    ports: Mapping[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    def address(self, port: str) -> str:
        return f"{HOST}:{self.ports[port]}"

    def start(self, program: str, command: Sequence[str], **options: Any) -> None:
        path = path_of(program)
        assert path is not None  # noqa: S101 - `missing` was asked first
        prefix = options.pop("prefix", ())
        with (self.folder / f"{program}.log").open("ab") as log:
            self.running[program] = subprocess.Popen(
                [*prefix, path, *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options
            )

    def signal(self, number: signal.Signals, *programs: str) -> None:
        """To these, of etcd, patroni and postgres with its backends, each by its process id."""
        for name in programs:
            for pid in self._pids(name):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        if number == signal.SIGKILL:
            for name in programs:
                if name in self.running:
                    self.running.pop(name).wait()

    def _pids(self, program: str) -> list[int]:
        if program != "postgres":
            return [self.running[program].pid] if program in self.running else []
        postmaster = process(self.cluster)
        if postmaster is None:
            return []
        with suppress(FileNotFoundError):
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
            return [postmaster, *map(int, children)]
        return [postmaster]


class Cluster:
    """`server` is what HAProxy leads to: the address that the service is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = iter(free_ports(4 * len(NODES) + 1))
        kinds = ("etcd", "peer", "rest", "postgres")
        self.nodes = {name: Node(name, folder / name, {kind: next(ports) for kind in kinds}) for name in NODES}
        self._front: subprocess.Popen[bytes] | None = None
        passwords = {login: secrets.token_hex(16) for login in (*LOGINS, "replicator", "rewind")}
        self.server = Server(folder / "data", next(ports), passwords)

    def start(self) -> None:
        """Everything, until there is a primary and two standbys, one of them synchronous."""
        for node in self.nodes.values():
            node.folder.mkdir(mode=0o700, parents=True)
            if unprivileged()[1]:
                os.chown(node.folder, NOBODY, NOBODY)
            self._start_etcd(node)
        self._start_front()
        for node in self.nodes.values():
            self._start_patroni(node)
        self.until_whole()

    def stop(self) -> None:
        """Patroni stops its PostgreSQL; what does not end in time is killed. By process id, and nothing else."""
        for node in self.nodes.values():
            node.signal(signal.SIGCONT, "postgres", "patroni", "etcd")
            node.signal(signal.SIGTERM, "patroni")
        for node in self.nodes.values():
            with suppress(KeyError, subprocess.TimeoutExpired):
                node.running["patroni"].wait(30)
            node.signal(signal.SIGKILL, "patroni", "postgres", "etcd")
        if self._front:
            self._front.kill()
            self._front.wait()

    def revive(self, node: Node) -> None:
        """Starts again what does not run, and thaws what is frozen."""
        node.signal(signal.SIGCONT, "etcd", "postgres", "patroni")
        for program, start in (("etcd", self._start_etcd), ("patroni", self._start_patroni)):
            if program not in node.running or node.running[program].poll() is not None:
                start(node)

    def members(self) -> Sequence[Mapping[str, Any]]:
        """The nodes as any living Patroni sees them."""
        for node in self.nodes.values():
            with suppress(httpx.HTTPError, ValueError, KeyError):
                members: list[dict[str, Any]] = httpx.get(
                    f"http://{node.address('rest')}/cluster", timeout=2, trust_env=False
                ).json()["members"]
                return members
        return ()

    def leader(self) -> Node | None:
        found = [m["name"] for m in self.members() if m["role"] == "leader" and m["state"] == "running"]
        return self.nodes[found[0]] if found else None

    def is_whole(self) -> bool:
        members = self.members()
        states = sorted(str(member["state"]) for member in members)
        roles = sorted(str(member["role"]) for member in members)
        return states == ["running", "streaming", "streaming"] and {"leader", "sync_standby"} <= set(roles)

    def until_whole(self, seconds: float = _START_SECONDS) -> None:
        self._until(self.is_whole, seconds, "a primary and two standbys")

    def switch_over(self) -> None:
        """Planned: the leader hands over to the synchronous standby, as Patroni's own command asks for it."""
        leader = self.leader()
        if leader is None:
            raise ClusterError("no leader to switch over from")
        url = f"http://{leader.address('rest')}/switchover"
        httpx.post(url, json={"leader": leader.name}, timeout=60, trust_env=False).raise_for_status()

    def _until(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise ClusterError(f"{what}: not within {seconds:.0f} s; see the logs in {self.folder}")
            time.sleep(0.25)

    def _start_etcd(self, node: Node) -> None:
        peers = ",".join(f"{each.name}=http://{each.address('peer')}" for each in self.nodes.values())
        client, peer = f"http://{node.address('etcd')}", f"http://{node.address('peer')}"
        command = [
            *("--name", node.name, "--data-dir", str(node.folder / "etcd"), "--initial-cluster", peers),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
        ]
        node.start("etcd", command)

    def _start_patroni(self, node: Node) -> None:
        file = node.folder / "patroni.yaml"
        shared = yaml.safe_load((DEPLOY / file.name).read_text("utf-8"))
        file.write_text(yaml.safe_dump(_merged(shared, self._own(node))), "utf-8")
        prefix, identity = unprivileged()
        if identity:
            os.chown(file, NOBODY, NOBODY)
        environment = {"PATH": _PATH, "LC_ALL": "C", "TZ": "UTC", "HOME": str(node.folder)}
        node.start("patroni", [str(file)], prefix=prefix, env=environment, cwd=node.folder, **identity)

    def _own(self, node: Node) -> dict[str, Any]:
        """What is this node's alone. Without a watchdog, which needs a device of the machine."""
        logins = {"superuser": "postgres", "replication": "replicator", "rewind": "rewind"}
        passwords = self.server.passwords
        return {
            "name": node.name,
            "restapi": {"listen": node.address("rest"), "connect_address": node.address("rest")},
            "etcd3": {"hosts": [each.address("etcd") for each in self.nodes.values()]},
            "watchdog": {"mode": "off"},
            "postgresql": {
                "listen": node.address("postgres"),
                "connect_address": node.address("postgres"),
                "data_dir": str(node.cluster),
                "bin_dir": str(find(node.cluster)[0]),
                "pgpass": str(node.folder / "pgpass"),
                "parameters": {"unix_socket_directories": ""},
                "authentication": {
                    what: {"username": login, "password": passwords[login]} for what, login in logins.items()
                },
            },
        }

    def _start_front(self) -> None:
        environment = {"LISTEN": f"{HOST}:{self.server.port}"}
        for number, node in enumerate(self.nodes.values(), 1):
            environment[f"NODE{number}_POSTGRES"] = node.address("postgres")
            environment[f"NODE{number}_REST"] = str(node.ports["rest"])
        command = [str(path_of("haproxy")), "-db", "-f", str(DEPLOY / "haproxy.cfg")]
        with (self.folder / "haproxy.log").open("ab") as log:
            self._front = subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _merged(shared[name], own[name]) for name in shared.keys() & own.keys() if _is_map(shared[name])}
    return {**shared, **own, **both}


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def free_ports(number: int) -> Iterable[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
