"""How a class of one library declares that something is unique: one file each, found by walking this folder.

How such declarations are read is said in `clients/schema_readers/`.
"""
