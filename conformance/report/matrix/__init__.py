"""Reports of several servers side by side."""
