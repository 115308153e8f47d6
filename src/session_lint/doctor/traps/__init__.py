"""The traps: one file each, found by walking this folder.

What several look at is in `project/surroundings.py`.
"""
