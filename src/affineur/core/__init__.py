"""Pure values and decisions: no I/O, no clock, nothing but `packaging` beneath them."""
