"""What happened, written in order and read back."""
