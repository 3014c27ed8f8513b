"""`python -m tests.contract`: records the examples anew and rewrites the committed contract."""

import os
import sys

import pytest

os.environ["REFERRAL_RECORD"] = "1"
sys.exit(pytest.main(["-q", "tests/test_openapi.py", "-k", "recorded"]))
