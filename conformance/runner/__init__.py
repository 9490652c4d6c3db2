"""Prepare a run, carry it out, and write its files: what all front ends share."""
