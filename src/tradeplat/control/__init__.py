"""The control plane: how a person, a window or a script reaches the running daemon."""
