"""The repairs of findings: one file each, found by walking this folder.

What two of them need is in `rewrite/`; what differs by database client in `idioms/`.
"""
