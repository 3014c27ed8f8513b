"""`python -m tests.sandbox`: every broken integration, and the rule by which the conformance run finds it."""

import os
import sys

import pytest

os.environ["REFERRAL_ALL_FLAWS"] = "1"
sys.exit(pytest.main(["-q", "-s", "-p", "no:xdist", "tests/sandbox/test_conformance_run.py"]))
