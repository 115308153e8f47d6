"""Which files a project has, where its imports start, how a file is decoded, what git and the tools around it say.

Nothing here parses Python code or knows of a finding.
"""
