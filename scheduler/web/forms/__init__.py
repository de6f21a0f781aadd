"""Turns what people type into typed requests: the last place in the house that knows about strings."""
