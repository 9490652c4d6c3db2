"""Area ``request``: the requests that a target accepts and rejects.

``bodies``: valid and invalid bodies, and malformed JSON. ``texts``: unusual texts as inputs. ``models``: unknown
models. ``parameters``: those of path, query and headers. ``rejections``: the responses to invalid bodies. ``values``:
unusual values of every property.
"""

from . import bodies, models, parameters, rejections, texts, values

__all__ = ["bodies", "models", "parameters", "rejections", "texts", "values"]
