"""Broker edges: one shell and one pure codec each."""
