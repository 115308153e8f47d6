"""Linking: the facts of many files become one program with function summaries."""
