"""Untrusted files: each ends the command soon, with one sentence."""
