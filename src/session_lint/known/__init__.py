"""What is found and not reported, and why: suppressions, the baseline, and what stays of a finding when lines move.

Not here: which rules and paths a run chooses (`settings/`, `analysis/outcome.py`).
"""
