"""The pages of the documentation: those in ``docs/``, and those that are made from the project's data.

``python -m tools.pages FOLDER`` writes them all; ``zensical build`` makes the site of them.
"""

from .assembly import pages, write

__all__ = ["pages", "write"]
