"""What things are, and the rules they keep: no web, no database, no clock."""
