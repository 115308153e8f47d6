"""Statements and blocks: their edits and layout, their order, imports, a `with` around a run of them.

What one statement does to a record or a database is for the rooms above.
"""
