"""The windows: charts, control panel, order entry. The engine never loads them."""
