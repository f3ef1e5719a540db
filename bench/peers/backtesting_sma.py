"""backtesting.py on the common work: prints run seconds, fills, final equity and the fill list."""

import hashlib
import json
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

warnings.filterwarnings("ignore")
FAST, SLOW, SHARES, FEE, CASH = 20, 50, 100, 1.0, 10_000_000.0


def sma(values: np.ndarray, span: int) -> np.ndarray:
    total = np.cumsum(values)
    total[span:] = total[span:] - total[:-span]
    mean = total / span
    mean[: span - 1] = np.nan
    return mean


class Sma(Strategy):
    def init(self) -> None:
        self.fast = self.I(sma, self.data.Close, FAST)
        self.slow = self.I(sma, self.data.Close, SLOW)

    def next(self) -> None:
        if self.fast[-1] > self.slow[-1]:
            if not self.position:
                self.buy(size=SHARES)
        elif self.position:
            self.position.close()


def main() -> None:
    data = np.load(sys.argv[1])
    frame = pd.DataFrame(
        {name.title(): data[name] for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(data["ts"], unit="ns", utc=True),
    )
    test = Backtest(
        frame, Sma, cash=CASH, commission=lambda size, price: FEE, finalize_trades=False
    )
    start = time.perf_counter()
    stats = test.run()
    taken = time.perf_counter() - start
    trades = stats["_trades"]
    fills = sorted(
        [(int(i), float(p)) for i, p in zip(trades.EntryBar, trades.EntryPrice, strict=True)]
        + [(int(i), float(p)) for i, p in zip(trades.ExitBar, trades.ExitPrice, strict=True)]
    )
    if stats._strategy.position:
        last = stats._strategy._broker.trades[-1]
        fills.append((int(last.entry_bar), float(last.entry_price)))
    digest = hashlib.sha256(json.dumps(fills).encode()).hexdigest()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "fills": len(fills), "sha256": digest, "peak_mb": peak}))


if __name__ == "__main__":
    main()
