"""backtrader on the common work: prints run seconds, fills and peak memory."""

import collections
import collections.abc
import datetime as dt
import json
import resource
import sys
import time

import numpy as np

collections.Iterable = collections.abc.Iterable  # it still imports the old name

import backtrader as bt  # noqa: E402  # after the line above, which it needs

FAST, SLOW, SHARES, FEE, CASH = 20, 50, 100, 1.0, 10_000_000.0


class Columns(bt.feed.DataBase):
    """Bars straight from numpy columns."""

    params = (("path", ""),)

    def start(self) -> None:
        super().start()
        data = np.load(self.p.path)
        base = dt.datetime(2015, 1, 2, 14, 30)  # noqa: DTZ001  # backtrader's times are naive
        first = int(data["ts"][0])
        minutes = ((data["ts"] - first) // 60_000_000_000).tolist()
        stamps = [bt.date2num(base + dt.timedelta(minutes=m)) for m in minutes]
        names = ("open", "high", "low", "close", "volume")
        self.rows = zip(stamps, *(data[name].tolist() for name in names), strict=True)

    def _load(self) -> bool:
        row = next(self.rows, None)
        if row is None:
            return False
        line = self.lines
        line.datetime[0], line.open[0], line.high[0], line.low[0], line.close[0], line.volume[0] = (
            row
        )
        line.openinterest[0] = 0.0
        return True


class Sma(bt.Strategy):
    def __init__(self) -> None:
        self.fast = bt.ind.SMA(self.data.close, period=FAST)
        self.slow = bt.ind.SMA(self.data.close, period=SLOW)
        self.fills = 0

    def notify_order(self, order: bt.Order) -> None:
        self.fills += order.status == order.Completed

    def next(self) -> None:
        if self.fast[0] > self.slow[0]:
            if not self.position:
                self.buy(size=SHARES)
        elif self.position:
            self.close()


class PerOrder(bt.CommInfoBase):
    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:
        return FEE


def main() -> None:
    engine = bt.Cerebro(stdstats=False)
    engine.adddata(Columns(path=sys.argv[1], timeframe=bt.TimeFrame.Minutes))
    engine.addstrategy(Sma)
    engine.broker.setcash(CASH)
    engine.broker.addcommissioninfo(PerOrder())
    start = time.perf_counter()
    done = engine.run()
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "fills": done[0].fills, "peak_mb": peak}))


if __name__ == "__main__":
    main()
