"""A quantity whose loss at the stop is a fixed part of equity."""

from collections.abc import Callable
from math import inf, isnan

from tradeplat.core.errors import BadInput

__all__ = ["FixedRisk"]


class FixedRisk:
    """Loses at most `risk_fraction` of equity, costs included, if the stop is hit (quant-spec 11).

    q = (rho * E - fees) / (|P - SL| + slip_in + slip_out + 2 * commission). An entry without a
    stop is sized as if it stood `default_stop` (a fraction of the price) away.
    """

    def __init__(
        self,
        risk_fraction: float = 0.005,
        default_stop: float = 0.02,
        slippage: float = 0.01,
        commission: float = 0.0,
        fee_per_trade: float = 0.0,
    ) -> None:
        for name, share in (("risk_fraction", risk_fraction), ("default_stop", default_stop)):
            if not 0.0 < share < 1.0:
                raise BadInput(f"fixed_risk: expected 0 < {name} < 1, found {share}")
        costs = (
            ("slippage", slippage),
            ("commission", commission),
            ("fee_per_trade", fee_per_trade),
        )
        for name, money in costs:
            if not 0.0 <= money < inf:
                raise BadInput(f"fixed_risk: expected {name} of 0 or more, found {money}")
        self._risk_fraction = risk_fraction
        self._default_stop = default_stop
        self._slippage = slippage
        self._commission = commission
        self._fee = fee_per_trade

    def quantity(self, price: float, stop: float, equity: Callable[[], float]) -> float:
        """Shares whose loss at the stop, with costs on both sides, stays within the budget."""
        distance = price * self._default_stop if isnan(stop) else abs(price - stop)
        per_share = distance + 2.0 * self._slippage + 2.0 * self._commission
        budget = self._risk_fraction * equity() - 2.0 * self._fee
        return max(0.0, budget / per_share) if per_share > 0.0 else 0.0
