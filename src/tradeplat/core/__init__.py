"""Facts and bookkeeping: plain values that every other floor speaks in."""
