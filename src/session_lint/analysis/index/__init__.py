"""The stages index and select: what each file defines, calls and imports, and which functions are worth reading.

Names only; what a call does to a database is judged later, from facts.
"""
