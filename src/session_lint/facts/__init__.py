"""The vocabulary that all rooms speak: frozen, slotted dataclasses that can be pickled, of the standard library alone.

No logic that decides anything, no import of another room; what only one room says to itself stays there.
"""
