"""One ticker at work: facts in, approved orders out, no await between."""
