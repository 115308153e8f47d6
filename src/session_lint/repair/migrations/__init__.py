"""How one tool writes a step that changes the database: one file each, found by walking this folder. No step is ever run from here."""
