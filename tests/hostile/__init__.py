"""Hostile targets: servers with one fault each in bytes, connections or time, and correct servers that are unusual.

``server``: a correct server over raw TCP, whose methods a hostile one overrides. ``expected``: what a run must find.
``index`` lists all of them. ``serve`` runs one in a process, and ``running`` runs the suite against it.
"""
