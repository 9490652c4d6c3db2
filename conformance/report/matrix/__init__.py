"""The matrix: reports of several servers, side by side."""
