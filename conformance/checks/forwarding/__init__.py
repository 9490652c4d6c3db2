"""Area ``forwarding``: what a gateway sends to its upstream, and what it returns from there.

``inputs``: inputs reach the upstream unchanged. ``properties``: so do the other properties of a request.
``credentials``: the credentials at the upstream. ``responses``: what the upstream returns reaches the client.
``concurrency``: responses of a slow upstream. ``errors``: the responses to failures of the upstream. ``probes``: probes
of a gateway with the mock upstream. ``upstream_requests``: the requests that the mock upstream received.
"""

from .all_checks import UPSTREAM, forwarding_checks

__all__ = ["UPSTREAM", "forwarding_checks"]
