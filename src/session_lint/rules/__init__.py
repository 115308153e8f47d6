"""The room of rules: one file per rule."""
