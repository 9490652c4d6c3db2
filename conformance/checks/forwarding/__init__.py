"""Area ``forwarding``: a gateway and its mock upstream."""
