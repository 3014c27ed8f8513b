"""`referral trigger TYPE`: makes a real event of this type happen in the demo, by telling its story as far as that."""

from collections.abc import Mapping
from typing import Annotated

import typer

from app.cli.folder import url_of
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.cli.story import STEPS, StoryError, begin
from app.client import ReferralError

_BY_STEP: Mapping[int, str] = {
    1: "intake.submitted case.opened",
    2: "handover.proposed handover.confirmed intake.supplemented",
    3: "verification.requested verification.started verification.concluded certificate.issued",
    4: "consent.given referral.sent",
    5: "referral.acknowledged referral.accepted referral.started referral.completed",
    7: "plan.made support.given follow_up.held case.closed",
    9: "return.announced return.arrived",
}
TRIGGERS: Mapping[str, int] = {type_: step for step, types in _BY_STEP.items() for type_ in types.split()}
"""Type → the step of the story in which it first happens."""


def trigger(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help=", ".join(TRIGGERS))], data: Data = DEFAULT_DATA
) -> None:
    """Làm cho một sự kiện loại này xảy ra trong bản chạy thử · Make an event of this type happen in the demo."""
    if type_ not in TRIGGERS:
        refuse(f"Chỉ làm được · Only these can be triggered: {', '.join(TRIGGERS)}", 2)
    try:
        with begin(data, url_of(data), say) as story:
            for _, step in STEPS[: TRIGGERS[type_]]:
                step(story)
    except FileNotFoundError:
        refuse(f"Chưa có bản chạy thử ở {data}. · There is no demo in {data}: ./referral demo")
    except (ReferralError, StoryError) as error:
        refuse(f"Bản chạy thử không trả lời như mong đợi. · The demo did not answer as expected: {error}")
    say(f"✓ {type_}")
