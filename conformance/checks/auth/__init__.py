"""Area ``auth``: credentials.

``credential_sets``: every set of credentials is accepted or rejected. ``secrets``: almost correct credentials are
rejected. ``rejections``: the responses to missing and wrong credentials. ``headers``: where credentials may be, and how
often. ``schemes``: the scheme name in ``Authorization``. ``bypass``: requests that avoid authentication. ``echo``:
credentials in responses. ``unusual``: unusual bytes as credentials.
"""

from . import bypass, credential_sets, echo, headers, rejections, schemes, secrets, transports, unusual

__all__ = [
    "bypass",
    "credential_sets",
    "echo",
    "headers",
    "rejections",
    "schemes",
    "secrets",
    "transports",
    "unusual",
]
