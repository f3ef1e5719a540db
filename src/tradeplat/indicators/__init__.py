"""One-step indicator kernels and rings, the same code in every world."""
