"""Brings alarms to people, beside the order path and never on it."""
