"""Settings of other tools, of CI and of git that hide findings or undo suppressions.

It reads what is around a project, never its code.
"""
