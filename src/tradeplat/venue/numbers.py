"""Decimals as the wire carries them: read from numbers or strings, written as plain strings."""

from decimal import Decimal, InvalidOperation

from tradeplat.venue.refusals import invalid

PENNY = Decimal("0.01")
_SMALL = Decimal("0.0001")
_NANO = Decimal("0.000000001")
_LARGEST = Decimal("1e12")
_LONGEST = 40


def text(value: Decimal) -> str:
    """`value` without exponent and without trailing zeros: 10, 5.11, 0."""
    if not value:
        return "0"
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def text_or_none(value: Decimal | None) -> str | None:
    """As `text`, None staying None."""
    return None if value is None else text(value)


def money(value: Decimal) -> str:
    """`value` rounded to the cent, as text."""
    return text(value.quantize(PENNY))


def ratio(value: Decimal) -> str:
    """A proportion (0.02 is two per cent) to six places, as text."""
    return text(value.quantize(Decimal("0.000001")))


def price_grid(price: Decimal) -> Decimal:
    """The price step at `price`: 0.01 from 1.00 on, 0.0001 below."""
    return PENNY if price >= 1 else _SMALL


def on_grid(price: Decimal) -> bool:
    """True when `price` meets the minimum pricing increment."""
    return price % price_grid(price) == 0


def read_number(value: object, field: str) -> Decimal:
    """A finite decimal of sane size and length from a JSON number or string.

    Raises Refusal (422) naming `field` for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise invalid(f"{field} must be a number")
    if isinstance(value, str) and (len(value) > _LONGEST or "_" in value):
        raise invalid(f"{field} must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise invalid(f"{field} must be a number") from None
    # Asked of its digits first: arithmetic on a number of a million of them overflows.
    sane = number.is_finite() and -_LONGEST < number.adjusted() < _LONGEST
    if not sane or abs(number) >= _LARGEST or 0 < abs(number) < _NANO:
        raise invalid(f"{field} is out of range")
    return number


def read_positive(value: object, field: str) -> Decimal:
    """As `read_number`, refusing zero and below."""
    number = read_number(value, field)
    if number <= 0:
        raise invalid(f"{field} must be > 0")
    return number


def read_quantity(value: object, field: str) -> Decimal:
    """A positive quantity to nine places: the noise of a binary float is rounded away."""
    number = read_positive(value, field)
    return +number.quantize(_NANO).normalize() if number % _NANO else number.normalize()
