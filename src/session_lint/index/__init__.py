"""The index stage: what each file defines, calls and imports; and the choice of what is worth extracting."""
