"""A list that never changes."""

from tradeplat.core.ports import Candidate

__all__ = ["ConstantStockListManager"]

NEVER = 2**63 - 1


class ConstantStockListManager:
    """The given tickers, always (core.ports.StockListManager)."""

    def __init__(self, tickers: tuple[str, ...]) -> None:
        if not tickers:
            raise ValueError("tickers: expected at least one symbol")
        self._tickers = tuple(dict.fromkeys(ticker.strip().upper() for ticker in tickers))

    async def update(self) -> None:
        """Nothing to ask: the list is given."""

    def get_active_stock_list(self) -> list[str]:
        """Every ticker, in the order given."""
        return list(self._tickers)

    def explain(self) -> list[Candidate]:
        """Each ticker is in because someone said so."""
        return [
            Candidate(ticker, active=True, reason="listed by hand", ts=0, feed="constant")
            for ticker in self._tickers
        ]

    def quiet_until(self, _now: int) -> int:
        """The list never changes."""
        return NEVER
