"""One-step indicators: pure kernels over scalars and rings, the same in every world."""
