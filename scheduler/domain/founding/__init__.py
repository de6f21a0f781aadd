"""A clinic on its first day, as plain values: the house, its visits, its hours, its questions and its texts.

Nothing here is a rule. `flask seed` writes these values into an empty database once; from then on the clinic changes
them at `/manage`, and another clinic replaces them. The names are those of the clinic this was first built for; every
address, number and licence is made up.
"""
