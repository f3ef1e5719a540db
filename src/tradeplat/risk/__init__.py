"""The door every order passes: checks, sizing, limits."""
