"""The tables' history, numbered in sequence."""
