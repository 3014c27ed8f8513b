"""What tests of verifications share."""

import pytest

from app.reference.fields import today
from tests.factories import A_REPLY


@pytest.fixture(autouse=True)
def _letter_of_the_day() -> None:
    """Dated on the day of the test, not of the import: a check may run across midnight in Viet Nam."""
    A_REPLY["issued_on"] = today().isoformat()
