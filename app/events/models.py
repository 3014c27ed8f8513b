"""What the change feed keeps beside the outbox: whose feed an event is in, and how far the feed may be read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class FeedEntry(Base):
    """An event stands in the feed of its author, of those it was recorded for, and of whoever held the case then, as
    custodian or by a grant. Whether it is shown is judged when it is read."""

    __tablename__ = "feed_entries"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class FeedEpoch(Base):
    """A stretch in which sequence numbers mean one thing: from one restore or fail-over to the next. Named at random,
    since a restored database would count its epochs as the lost one did.

    Everything up to `horizon` is there and nothing will be added below it. What stands above `begins_after` is of this
    epoch; up to `forgotten_to` events have been cleared away.
    """

    __tablename__ = "feed_epochs"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[UUID] = mapped_column(unique=True)
    timeline: Mapped[int] = mapped_column(BigInteger)
    begins_after: Mapped[int] = mapped_column(BigInteger)
    horizon: Mapped[int] = mapped_column(BigInteger)
    forgotten_to: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    begun_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
