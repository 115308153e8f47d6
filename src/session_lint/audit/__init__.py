"""Many projects in one table: which there are, how each is checked in a process of its own, here or on a cluster, and what is shown.

Not here: how one project is checked (`api.py`).
"""
