"""The web door: one audience a module, one guard a door, and no rule of its own."""
