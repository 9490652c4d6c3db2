"""Area ``request``: the requests that a target accepts and rejects.

``bodies``: valid and invalid bodies, and malformed JSON. ``texts``: unusual texts as inputs. ``models``: unknown
models. ``rejections``: the responses to invalid bodies.
"""

from . import bodies, models, rejections, texts

__all__ = ["bodies", "models", "rejections", "texts"]
