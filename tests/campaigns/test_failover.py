"""Fail-over on loopback is told clearly where it cannot be played; it is played by its command alone."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import program
from campaigns import availability, cluster

failover = ["campaign", "failover"]


def invoke(*arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(program({"campaign": "campaign"}), [*failover, *arguments])
    return ran.exit_code, ran.output


def test_what_is_missing_is_named_and_nothing_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATH", str(tmp_path))
    code, said = invoke("--out", str(tmp_path / "out"))
    assert code == 2
    for package in ("etcd-server", "haproxy", "patroni"):
        assert package in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", availability._GIVEN)
def test_it_plays_on_a_database_of_its_own_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "postgresql+asyncpg://somebody@db.example/referral")
    code, said = invoke("--out", str(tmp_path / "out"))
    assert (code, name in said, (tmp_path / "out").exists()) == (2, True, False)


def test_the_promises_stand_in_the_shared_configuration() -> None:
    shared = yaml.safe_load((cluster.DEPLOY / "patroni.yaml").read_text("utf-8"))["bootstrap"]["dcs"]
    assert shared["synchronous_mode"] is shared["synchronous_mode_strict"] is True
    assert shared["loop_wait"] + 2 * shared["retry_timeout"] <= shared["ttl"] == 20
    front = (cluster.DEPLOY / "haproxy.cfg").read_text("utf-8")
    assert "on-marked-down shutdown-sessions" in front
    composed = yaml.safe_load((cluster.DEPLOY / "compose.yaml").read_text("utf-8"))
    assert {"etcd1", "etcd2", "etcd3", *cluster.NODES, "haproxy", "api1", "api2"} <= composed["services"].keys()
