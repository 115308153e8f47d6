"""The options of `[tool.session-lint]`: what they mean, how they are read and checked, and getters written back into them.

Not here: options of one command (`cli/`), and what the settings decide (the room that reads them).
"""
