"""Client order ids are a pure function of the intent, so a retry finds its own order."""

from functools import lru_cache
from hashlib import blake2b

from tradeplat.core.market import DAY

PREFIX = "tp1-"
FLATTEN_PREFIX = "tpF-"
_OURS = (PREFIX, FLATTEN_PREFIX)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TO_DIGITS = bytes(ord(_DIGITS[byte % 36]) for byte in range(256))


def intent_key(account: str, strategy: str, symbol: str, purpose: str, cause: int, leg: int) -> str:
    """The identity of an intent; `cause` is the `ts` of the event that led to it."""
    return f"{account}|{strategy}|{symbol}|{purpose}|{cause}|{leg}"


def client_order_id(key: str, cause: int, attempt: int = 0) -> str:
    """`tp1-<yymmdd>-<hash>-<attempt>`, at most 48 characters; the date is `cause`'s in UTC."""
    text = blake2b(key.encode(), digest_size=14).digest().translate(_TO_DIGITS).decode()
    return f"{PREFIX}{_yymmdd(cause // DAY)}-{text}-{attempt}"


def other_day(order_id: str, ts: int) -> int:
    """The UTC date of `ts` as the number yymmdd, 0 where `order_id` was made on that day."""
    date = _yymmdd(ts // DAY)
    return 0 if order_id.startswith(f"{PREFIX}{date}-") else int(date)


def is_ours(order_id: str) -> bool:
    """True when this platform made `order_id`."""
    return order_id.startswith(_OURS)


def flatten_id(epoch: str, symbol: str, number: int) -> str:
    """`tpF-<epoch>-<symbol>-<n>`: the id of a closing order, which needs no journal to be new."""
    return f"{FLATTEN_PREFIX}{epoch}-{symbol}-{number}"


def is_flatten(order_id: str) -> bool:
    """True for the ids of closing orders."""
    return order_id.startswith(FLATTEN_PREFIX)


@lru_cache(maxsize=64)
def _yymmdd(day: int) -> str:
    year, month, date = civil_date(day)
    return f"{year % 100:02d}{month:02d}{date:02d}"


def civil_date(day: int) -> tuple[int, int, int]:
    """Year, month and day that lie `day` days after 1970-01-01, by Howard Hinnant's algorithm."""
    era_day = day + 719_468
    era, doe = divmod(era_day, 146_097)
    yoe = (doe - doe // 1_460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (1 if month <= 2 else 0)
    return year, month, doy - (153 * mp + 2) // 5 + 1
