"""The stage program: calls resolved, summaries composed, the questions that rules ask.

It sees facts and never a tree or a file; which finding comes of an answer is a rule's business.
"""
