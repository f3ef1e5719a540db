"""tradeplat: an event-driven day-trading platform whose replay and live code are one."""

__version__ = "0.1.0"
