"""The room of library models: one file per database client."""
