"""One file per library that declares tables; the contract is schema_reader.py."""
