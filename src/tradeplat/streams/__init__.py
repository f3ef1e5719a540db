"""Vendor feeds and replays, all turned into one normalised stream per ticker."""
