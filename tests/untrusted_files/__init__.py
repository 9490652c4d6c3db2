"""Files that nobody should trust: each ends the command soon, with one sentence."""
