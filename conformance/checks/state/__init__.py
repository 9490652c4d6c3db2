"""Area ``state``: effects of requests on later and on concurrent requests.

``caches``: state.cache.*. ``concurrency``: state.concurrent. ``rejections``: requests after rejected ones.
"""

from . import caches, concurrency, rejections

__all__ = ["caches", "concurrency", "rejections"]
