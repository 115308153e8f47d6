"""Records and results: how the result of a call is held, whether it is still there, a variable for it.

Within one function; across functions see `calls/`.
"""
