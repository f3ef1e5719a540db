"""Approved orders on their way out, venue reports on their way back."""
