"""How a finding is proved: the stages from bytes to the program, and `pipeline.py`, which alone knows their order.

It knows no rule (they are handed in), no output format, no repair.
"""
