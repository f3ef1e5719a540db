"""Market data at rest: reading, checking, generating, aligning it."""
