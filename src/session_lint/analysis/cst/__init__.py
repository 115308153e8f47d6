"""The concrete syntax tree: parsing, exact positions, the names that a tree binds and reads.

With `extract/` and `repair/` the only place that sees LibCST; what a statement means is said in `extract/`.
"""
