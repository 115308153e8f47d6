"""What the bot does with a message: the pipeline, and the actions behind it."""
