"""The commands: one file each, found by walking this folder.

Options that two commands share stand one floor up.
"""
