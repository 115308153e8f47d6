"""How findings become edits of several files that are verified before they are written.

Nothing here decides what is a finding; it is asked again after each edit.
"""
