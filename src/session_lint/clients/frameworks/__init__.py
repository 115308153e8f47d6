"""One file a framework, found by walking this folder."""
