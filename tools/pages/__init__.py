"""The pages of the documentation: those in ``docs/``, and those that are generated from the project's data.

``python -m tools.pages FOLDER`` writes all of them; ``zensical build`` builds the site. ``tox -e refresh -- blocks``
updates the generated parts of the pages in ``docs/``.
"""

from .assembly import pages, refresh, with_blocks, write

__all__ = ["pages", "refresh", "with_blocks", "write"]
