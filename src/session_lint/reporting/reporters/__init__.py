"""The output formats: one file each, found by walking this folder.

What two formats need stands one floor up.
"""
