"""The room of traps: one file each."""
