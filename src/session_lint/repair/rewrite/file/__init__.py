"""One file as a codemod sees it: text, tree, positions; the names in it; the database it works with.

No edits here.
"""
