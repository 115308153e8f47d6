"""The concrete syntax tree layer: parsing, exact positions, and the reading of names and literals."""
