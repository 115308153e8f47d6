"""The room of commands of `session-service`: one file each."""
