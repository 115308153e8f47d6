"""How a repair is written for a database client: one file each, found by walking this folder.

What a client's call means is said in `clients/library_models/`.
"""
