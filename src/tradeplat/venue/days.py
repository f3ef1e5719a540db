"""Where New York's days begin, in UTC nanoseconds."""

from datetime import UTC, datetime
from functools import lru_cache

from tradeplat.core.market import SECOND
from tradeplat.venue.stamps import NEW_YORK

_HOUR = 3_600 * SECOND


def day_start(ts: int) -> int:
    """Midnight in New York before or at `ts`."""
    return _midnight(ts // _HOUR)


@lru_cache(maxsize=4096)
def _midnight(hour: int) -> int:
    local = datetime.fromtimestamp(hour * 3_600, UTC).astimezone(NEW_YORK)
    begun = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return int(begun.timestamp()) * SECOND
