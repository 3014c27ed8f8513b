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
    """`offset` is what to add to the machine's clock; `heard` sets it from the service's own."""

    machine: Callable[[], float] = time.time
    offset: float = 0.0

    def now(self) -> float:
        """The service's time, POSIX seconds, as far as this machine knows."""
        return self.machine() + self.offset

    def heard(self, server_time: float) -> None:
        self.offset = server_time - self.machine()

    def is_off(self) -> bool:
        """Whether the machine's own clock should be put right."""
        return abs(self.offset) > NOTICEABLE

    def warning(self) -> str:
        """How far off, for the officer."""
        hours, slow = abs(self.offset) / 3600, self.offset > 0
        return (
            f"Đồng hồ máy {'chậm' if slow else 'nhanh'} {hours:.1f} giờ; vẫn gửi được, nhưng hãy chỉnh lại. · "
            f"This machine's clock is {hours:.1f} hours {'slow' if slow else 'fast'}; sending works, but set it right."
        )

    def moment(self) -> datetime:
        """Now, as an officer in Viet Nam writes it."""
        return datetime.fromtimestamp(self.now(), UTC).astimezone(VIET_NAM)

    def day(self) -> date:
        return self.moment().date()
