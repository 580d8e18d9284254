"""From preference pairs to a data set folder that trainers read: pairing, rows, split, card."""
