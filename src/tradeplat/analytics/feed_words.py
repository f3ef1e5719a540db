"""The feed-difference report in words, for a terminal and the head of its picture."""

from collections.abc import Mapping

from tradeplat.analytics.feed_sides import FAULTS


def words(found: Mapping[str, object]) -> str:
    """The report for a terminal: who was at fault, a table of the sides, the worst tickers."""
    sides, tickers = found["sides"], found["tickers"]
    assert isinstance(sides, list)
    assert isinstance(tickers, list)
    lines = [verdict(found), "", _HEAD, *(_row(side["side"], side) for side in sides)]
    blamed = [(ticker, _faults(ticker)) for ticker in tickers]
    worst = sorted((row for row in blamed if row[1]), key=lambda row: (-row[1], row[0]["symbol"]))
    for ticker, _ in worst[:20]:
        lines += ["", f"{ticker['symbol']}: {ticker['guilty'] or 'both sides'}"]
        lines += [_row(f"  {side['side']}", side) for side in ticker["sides"]]
    return "\n".join(lines)


def verdict(found: Mapping[str, object]) -> str:
    """Who was at fault, in a sentence."""
    sides = found["sides"]
    assert isinstance(sides, list)
    faults = {
        side["side"]: ", ".join(f"{side[what]:,d} {what}" for what in FAULTS if side[what])
        for side in sides
    }
    told = "; ".join(f"{name}: {what}" for name, what in faults.items() if what)
    who = found["guilty"] or "no side more than the other"
    left = f"; {found['undecided']:,d} differences undecided" if found["undecided"] else ""
    if found["together"]:
        left += f"; {found['together']:,d} late on two feeds at once, so by ourselves"
    if not told:
        return f"no side was late, missing or wrong{left}"
    return f"at fault: {who} ({told}{left})"


_HEAD = (
    f"{'side':<24}{'events':>10}{'lag p50':>10}{'p99':>10}{'worst':>10}"
    f"{'late':>8}{'missing':>9}{'wrong':>8}"
)


def _row(name: str, side: Mapping[str, object]) -> str:
    lags = (side[f"lag_ms_{which}"] for which in ("p50", "p99", "worst"))
    told = "".join(
        f"{f'{lag / 1e3:.2f} s' if isinstance(lag, float) else 'n/a':>10}" for lag in lags
    )
    counts = f"{side['late']:>8}{side['missing']:>9}{side['wrong']:>8}"
    return f"{name:<24.24}{side['events']:>10}{told}{counts}"


def _faults(ticker: Mapping[str, object]) -> int:
    sides = ticker["sides"]
    assert isinstance(sides, list)
    return sum(int(side[what]) for side in sides for what in FAULTS)
