"""Calls, their arguments, and chains of them: a record found, guarded, hoisted, passed down.

Not here: writes to a database (`writes/`).
"""
