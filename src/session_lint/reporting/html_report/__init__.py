"""The HTML report: one page that needs nothing else.

The format's entry is `reporters/html.py`; other formats never import from here.
"""
