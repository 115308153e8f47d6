"""The rules: one file each, found by walking this folder.

A rule only asks the program; a fact that it lacks belongs in `analysis/`.
"""
