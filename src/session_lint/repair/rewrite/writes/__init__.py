"""Clears, inserts and transactions: SQL text, rows, commits, upserts that several clients share.

What one client alone needs is in its file of `repair/idioms/`.
"""
