"""The stage extract: from the tree of a selected function to the facts that rules read.

One function at a time: nothing here knows another file or function.
"""
