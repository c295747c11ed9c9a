"""The tables: the host's by its models, the journal's by the journal."""
