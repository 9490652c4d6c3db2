"""Area ``property``: generated requests.

``generated``: the checks. ``search``: finds the smallest generated request that fails.
"""

from .generated import Generation, generated_checks

__all__ = ["Generation", "generated_checks"]
