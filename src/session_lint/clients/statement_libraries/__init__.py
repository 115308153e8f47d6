"""One file a library of named statements, found by walking this folder."""
