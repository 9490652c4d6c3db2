"""Area ``state``: effects of requests on later and on concurrent requests.

``caches`` and ``cache_keys``: state.cache.*. ``concurrency``: state.concurrent. ``large``: state.concurrent.large.
``request_ids``: state.request-id. ``slow_clients``: state.slow-client. ``disconnects``: state.disconnect.
``burst``: state.burst. ``rejections``: requests after rejected ones. ``running``: the target goes on answering.
``tenants``: credentials of two tenants. ``whole_run``: vectors and response times do not change during the run.
"""

from . import (
    burst,
    cache_keys,
    caches,
    concurrency,
    disconnects,
    large,
    rejections,
    request_ids,
    running,
    slow_clients,
    tenants,
    whole_run,
)

__all__ = [
    "burst",
    "cache_keys",
    "caches",
    "concurrency",
    "disconnects",
    "large",
    "rejections",
    "request_ids",
    "running",
    "slow_clients",
    "tenants",
    "whole_run",
]
