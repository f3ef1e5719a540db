"""Write the sample in `backtest_data/`: four made-up tickers over forty-five minutes."""

import shutil
from pathlib import Path

from tradeplat.history.synthetic import morning

ROOT = Path(__file__).resolve().parents[1]

SAMPLE = {"seed": 20250604, "tickers": 4, "start": "09:15", "end": "10:00"}
"""What the sample is made of; a test makes it again and compares."""


def main() -> None:
    """Make the sample anew; what lay in the folder before is gone."""
    target = ROOT / "backtest_data"
    shutil.rmtree(target, ignore_errors=True)
    morning(**SAMPLE).write(target)


if __name__ == "__main__":
    main()
