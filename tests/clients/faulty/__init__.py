"""Real clients and the suite against the same faulty servers: the suite's table of clients must be what they do.

``faults``: the servers. ``serving``: all of them on one port. ``outcomes``: what the callers of the clients get.
``judged``: what the suite finds. ``record``: both as a file. ``comparison``: the differences between the two.
"""
