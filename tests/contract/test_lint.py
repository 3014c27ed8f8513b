"""The contract passes Spectral with OWASP's rules and Redocly, where Node's packages are installed."""

import subprocess
from pathlib import Path

import pytest

LINT = Path(__file__).parents[2] / "openapi" / "lint"


@pytest.mark.skipif(
    not (LINT / "node_modules").exists(), reason="openapi/lint/run installs the linters: it needs Node and its registry"
)
def test_the_linters_find_nothing() -> None:
    ran = subprocess.run([LINT / "run"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
