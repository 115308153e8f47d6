"""How a report is shown: output formats, the HTML page, snippets, listings.

Nothing here finds, filters or repairs; where the output goes is decided in `cli/`.
"""
