"""The zoo: servers with one realistic fault each, and servers that are correct but unusual.

They were written without knowledge of the suite, which is measured with them. ``index`` lists them.
"""
