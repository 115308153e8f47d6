"""One file a database client, found by walking this folder.

What two of them need stands beside the folder, one floor up.
"""
