"""How a database client lets the database decide who of two comes first: one file each, found by walking this folder."""
