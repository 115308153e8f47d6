"""What codemods share: a file with its tree and positions, and edits of statements, calls and signatures as text."""
