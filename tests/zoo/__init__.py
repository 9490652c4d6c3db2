"""A zoo of servers: the reference with one realistic fault, or correct and unusual.

It was written without a look at the suite, which is measured by it: ``index`` lists what lives here.
"""
