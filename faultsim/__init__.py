"""Deterministic simulation of a trading session with faults: the code that trades, virtual time."""
