"""The small process that watches a daemon from outside and cleans up after its death."""
