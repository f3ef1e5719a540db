"""A position is the sum of its fills."""

from decimal import Decimal

import msgspec

ZERO = Decimal(0)


class Position(msgspec.Struct, frozen=True, gc=False):
    """Signed quantity, its entry VWAP, and the money realised and paid in fees so far."""

    quantity: Decimal = ZERO
    average: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    def after(
        self,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal = ZERO,
        multiplier: Decimal = Decimal(1),
    ) -> "Position":
        """The position once a signed `quantity` has traded at `price`."""
        held = self.quantity
        total = held + quantity
        fees = self.fees + fee
        if not quantity:
            return Position(held, self.average, self.realised, fees)
        if not held:
            return Position(total, price, self.realised, fees)
        if (held > 0) == (quantity > 0):
            average = (self.average * held + price * quantity) / total
            return Position(total, average, self.realised, fees)
        closing = -quantity if abs(quantity) <= abs(held) else held
        realised = self.realised + (price - self.average) * closing * multiplier
        if not total:
            return Position(ZERO, ZERO, realised, fees)
        crossed = (total > 0) != (held > 0)
        return Position(total, price if crossed else self.average, realised, fees)


NOTHING = Position()
"""Flat, with nothing realised."""
