"""raptorbt's strategy class on the common work: prints run seconds, fills and peak memory."""

import json
import resource
import sys
import time

import numpy as np
import raptorbt

FAST, SLOW = 20, 50


class Sma(raptorbt.Strategy):
    def on_start(self, ctx: object) -> None:
        self.fast = raptorbt.sma(ctx.close, FAST)
        self.slow = raptorbt.sma(ctx.close, SLOW)

    def on_bar(self, ctx: object) -> None:
        at = ctx.idx
        slow = self.slow[at]
        if np.isnan(slow):
            return
        if self.fast[at] > slow:
            if ctx.position is None:
                self.enter()
        elif ctx.position is not None:
            self.close_position()


def main() -> None:
    data = np.load(sys.argv[1])
    names = ("ts", "open", "high", "low", "close", "volume")
    columns = [np.ascontiguousarray(data[name]) for name in names]
    config = raptorbt.BacktestConfig(initial_capital=10_000_000.0, fees=0.0)
    start = time.perf_counter()
    result = raptorbt.run_strategy_backtest(Sma(), *columns, symbol="AAA", config=config)
    taken = time.perf_counter() - start
    trades = len(result.trades())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "fills": 2 * trades, "peak_mb": peak}))


if __name__ == "__main__":
    main()
