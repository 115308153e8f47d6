"""The extract stage: from the concrete syntax tree of selected functions to the facts that rules read."""
