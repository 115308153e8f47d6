"""The vocabulary every stage speaks: frozen, slotted, picklable dataclasses; standard library only."""
