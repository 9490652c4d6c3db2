"""Audit recorded traffic: judge the exchanges in logs by the requirements that a recording can show."""
