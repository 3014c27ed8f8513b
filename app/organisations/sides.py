"""On which side an organisation is: life or rehearsal. Its id says so, and the wall of row_security.sql goes by that.

A test organisation has a UUID of version 8, which RFC 9562 §5.8 leaves to whoever makes it; its twin in life has the
same id with another version. So every row that names an organisation tells its side without a look-up.
"""

from uuid import UUID

_VERSION = 76
"""Where the four bits of the version stand in the number."""
_TEST = 8


def is_test(organisation_id: UUID) -> bool:
    return organisation_id.int >> _VERSION & 0xF == _TEST


def twin_of(organisation_id: UUID) -> UUID:
    """The id of the organisation that rehearses for this one; its own, where it is that already."""
    return UUID(int=organisation_id.int & ~(0xF << _VERSION) | _TEST << _VERSION)
