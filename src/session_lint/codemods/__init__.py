"""The room of codemods: one file per rewrite."""
