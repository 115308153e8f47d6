"""The tools of codemods, in rooms by what is edited: `file`, `statements`, `records`, `signatures`, `calls`, `writes`.

No codemod, and no file that only one codemod needs and that edits nothing.
"""
