"""Tasks, clocks and the manager that turns a list of tickers into desks."""
