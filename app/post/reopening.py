"""How a parked record becomes a form again."""

from app.post import enrolment
from app.post.answers import answers_of
from app.post.outbox import Item, Outbox


def reopen(outbox: Outbox, item: Item, *, new_id: bool) -> Item:
    """The draft; a record that came as a whole (JSON Lines, a bundle) is taken apart into answers first."""
    answers, rest = dict(item.answers or {}), dict(item.rest or {})
    if item.answers is None:
        answers, rest = answers_of(item.body or {}, enrolment.clock_of(outbox))
    return outbox.reopen(item.id, answers=answers, rest=rest, new_id=new_id)
