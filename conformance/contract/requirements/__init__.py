"""The requirement catalogue: entries, their expansion, wording."""
