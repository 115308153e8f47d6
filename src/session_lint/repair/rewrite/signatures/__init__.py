"""Signatures and their docstrings and annotations.

The calls that must follow a changed signature are in `calls/`.
"""
