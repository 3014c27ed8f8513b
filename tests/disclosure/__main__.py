"""The longer look: at every moment every persona asks for every path, strangers too; minutes instead of one."""

import os
import sys

import pytest

from tests.disclosure.conftest import THOROUGH

if __name__ == "__main__":
    os.environ[THOROUGH] = "1"
    sys.exit(pytest.main(["tests/disclosure", "-s", *sys.argv[1:]]))
