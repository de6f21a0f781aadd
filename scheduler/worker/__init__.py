"""The worker door: a clock, and the hands that carry messages out of the house."""
