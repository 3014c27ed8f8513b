"""What time it is at the service, told by a machine whose own clock may be days off.

A post's clock is never a reason to refuse anything: it is measured against the service at every answer, the officer is
warned, and what is written or signed goes by the service's time as far as it is known.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.reference.fields import VIET_NAM

NOTICEABLE = 120.0
"""Seconds of drift that the officer is told of."""


@dataclass
class Clock:
    """`offset` is what to add to the machine's clock, `latest` the service's time when it was heard last: whatever a
    machine without a battery says after a night, it is later than that."""

    machine: Callable[[], float] = time.time
    offset: float = 0.0
    latest: float = 0.0

    def now(self) -> float:
        """The service's time, POSIX seconds, as far as this machine knows."""
        return max(self.machine() + self.offset, self.latest)

    def heard(self, server_time: float) -> None:
        self.offset, self.latest = server_time - self.machine(), server_time

    def is_off(self) -> bool:
        """Whether the machine's own clock should be put right."""
        return abs(self._drift()) > NOTICEABLE

    def warning(self) -> str:
        """How far off, for the officer."""
        hours, slow = abs(self._drift()) / 3600, self._drift() > 0
        return (
            f"Đồng hồ máy {'chậm' if slow else 'nhanh'} {hours:.1f} giờ; vẫn gửi được, nhưng hãy chỉnh lại. · "
            f"This machine's clock is {hours:.1f} hours {'slow' if slow else 'fast'}; sending works, but set it right."
        )

    def _drift(self) -> float:
        return self.now() - self.machine()

    def moment(self) -> datetime:
        """Now, as an officer in Viet Nam writes it."""
        return datetime.fromtimestamp(self.now(), UTC).astimezone(VIET_NAM)

    def day(self) -> date:
        return self.moment().date()
