"""Fill rules, the matching engine and the replay drives."""
