"""The language server: a resident project behind the protocol that editors speak.

Not here: what is found and how it is repaired (`analysis/`, `repair/`). The protocol's library, pygls, is imported in this room alone,
and only by `session-lint server`.
"""
