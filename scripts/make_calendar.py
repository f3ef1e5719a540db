"""Write the packaged NYSE holidays and early closes from exchange-calendars (a dev dependency)."""

import json
from pathlib import Path

import exchange_calendars
import pandas as pd

FIRST, LAST = "1990-01-01", "2030-12-31"
TARGET = Path(__file__).parents[1] / "src" / "tradeplat" / "history" / "nyse.json"


def main() -> None:
    """Write `nyse.json`: the weekdays without a session and the sessions that close early."""
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST)
    weekdays = pd.date_range(FIRST, LAST, freq="B")
    holidays = weekdays.difference(calendar.sessions)
    closes = calendar.closes.dt.tz_convert("America/New_York").dt.strftime("%H:%M")
    body = {
        "first": FIRST,
        "last": LAST,
        "holidays": [day.strftime("%Y-%m-%d") for day in holidays],
        "early_closes": {
            day.strftime("%Y-%m-%d"): clock for day, clock in closes.items() if clock != "16:00"
        },
    }
    TARGET.write_text(json.dumps(body, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
