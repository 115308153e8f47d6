"""The room of idioms: one file per database client that repairs can write for."""
