"""Processes, what is kept between runs, progress, and how several files are written at once or not at all.

Nothing here knows what it computes, keeps or writes; it could serve another tool.
"""
