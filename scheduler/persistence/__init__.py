"""Where values are kept: tables, and the questions asked of them."""
