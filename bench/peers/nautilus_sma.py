"""nautilus_trader on the common work: prints run seconds, fills and peak memory.

With `lean` as second argument the per-trade analyzer is taken away, its best mode; without, it
runs as shipped.
"""

import json
import resource
import sys
import time
from collections import deque
from decimal import Decimal

import nautilus_trader
import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

FAST, SLOW, SHARES = 20, 50, 100
NAUTILUS = TestInstrumentProvider.equity(symbol="AAA", venue="SIM")
BARS = BarType.from_str("AAA.SIM-1-MINUTE-LAST-EXTERNAL")


class Sma(Strategy):
    def __init__(self) -> None:
        super().__init__(StrategyConfig(strategy_id="sma"))
        self.fast: deque[float] = deque(maxlen=FAST)
        self.slow: deque[float] = deque(maxlen=SLOW)
        self.fast_sum = self.slow_sum = 0.0
        self.long = False
        self.quantity = NAUTILUS.make_qty(SHARES)
        self.fills = 0

    def on_start(self) -> None:
        self.subscribe_bars(BARS)

    def on_order_filled(self, _event: object) -> None:
        self.fills += 1

    def on_bar(self, bar: object) -> None:
        close = bar.close.as_double()
        if len(self.fast) == FAST:
            self.fast_sum -= self.fast[0]
        if len(self.slow) == SLOW:
            self.slow_sum -= self.slow[0]
        self.fast.append(close)
        self.slow.append(close)
        self.fast_sum += close
        self.slow_sum += close
        if len(self.slow) < SLOW:
            return
        leading = self.fast_sum / FAST > self.slow_sum / SLOW
        if leading == self.long:
            return
        self.long = leading
        side = OrderSide.BUY if leading else OrderSide.SELL
        self.submit_order(self.order_factory.market(NAUTILUS.id, side, self.quantity))


def main() -> None:
    data = np.load(sys.argv[1])
    index = pd.to_datetime(data["ts"] + 60_000_000_000, unit="ns", utc=True)
    names = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: data[name] for name in names}, index=index)
    bars = BarDataWrangler(BARS, NAUTILUS).process(frame)
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True), run_analysis=sys.argv[-1] != "lean"
        )
    )
    engine.add_venue(
        Venue("SIM"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(10_000_000, USD)],
        default_leverage=Decimal(1),
    )
    engine.add_instrument(NAUTILUS)
    engine.add_data(bars)
    strategy = Sma()
    engine.add_strategy(strategy)
    if sys.argv[-1] == "lean":
        analyzer = engine.portfolio.analyzer
        for statistic in list(getattr(analyzer, "_statistics", {}).values()):
            analyzer.deregister_statistic(statistic)
    start = time.perf_counter()
    engine.run()
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    version = nautilus_trader.__version__
    told = {"seconds": taken, "fills": strategy.fills, "peak_mb": peak, "version": version}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
