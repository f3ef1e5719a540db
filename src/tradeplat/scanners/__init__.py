"""Which tickers deserve a desk right now, and why."""
