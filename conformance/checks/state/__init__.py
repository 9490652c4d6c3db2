"""Area ``state``: effects of requests on later and on concurrent requests.

``caches``: state.cache.*. ``concurrency``: state.concurrent. ``rejections``: requests after rejected ones. ``running``:
the target goes on answering.
"""

from . import caches, concurrency, rejections, running

__all__ = ["caches", "concurrency", "rejections", "running"]
