"""May this person go home to their family? A child only after the family's safety was assessed."""

from uuid import UUID

from app.db import Tx


async def check_return_to_family(tx: Tx, case_id: UUID) -> None:
    """422 `family_assessment_required` for a child, or one who may be, unless an assessment found the family safe
    (Decree 09/2013 Art 21.3; Circular 35/2013 Art 19.4). Called before any record of a return to family."""
