"""The pages of the documentation: those in ``docs/``, and those that are generated from the project's data.

``python -m tools.pages FOLDER`` writes all of them; ``zensical build`` builds the site.
"""

from .assembly import pages, write

__all__ = ["pages", "write"]
