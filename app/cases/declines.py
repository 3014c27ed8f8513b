"""What stands against a disclosure without consent: the person's recorded refusal, and being no child.

A refusal outweighs every basis but those that the code lists mark `despite_refusal`; with the person's consent, which
is the later word, nobody asks here. That a victim is identified is a duty under the law and no matter of refusal, so
verifications do not ask either; their verifier reads the refusal with `handling`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.cases.actions import section_content
from app.cases.sections import Section
from app.db import Tx
from app.law.categories import ADULT, possibly_under
from app.problems import FieldError
from app.reference.codes import code_list
from app.reference.fields import today
from app.refusals import ConsentRequired, PersonDeclines


async def check_without_consent(tx: Tx, case_id: UUID, agency: str, ground: Mapping[str, Any], pointer: str) -> None:
    """Whether this ground, by its code's attributes, carries a disclosure to a body of this agency. 422
    `person_declines` naming what was refused; 422 `consent_required` when it is for children and the person is none."""
    if ground.get("of_child"):
        identity = await section_content(tx, case_id, Section.IDENTITY)
        if not possibly_under(ADULT, identity.get("birth_date"), today()):
            raise ConsentRequired(FieldError(pointer, "not_covered"))
    if ground.get("despite_refusal"):
        return
    declined = (await section_content(tx, case_id, Section.HANDLING)).get("declines", [])
    standing = [
        code for code in declined if agency in code_list("declines").latest(code).attributes.get("receivers", ())
    ]
    if standing:
        raise PersonDeclines(FieldError(pointer, "not_covered", {"declines": standing}))
