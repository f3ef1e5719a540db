"""State machines, one a file; each turns facts and its holding into intents."""
