"""Campaigns, curves, ratios and reports, from recorded runs alone."""
