"""What a call of a database client means: one file a client in `library_models/`, and what several of them read alike.

Not here: how a repair writes for a client (`repair/idioms/`), and how calls are followed (`analysis/`).
"""
