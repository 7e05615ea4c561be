"""地基 (core): the words that every room uses: errors, money, findings, the dictionary, one return as read.

Its modules are imported by name; every other room is entered through what its `__init__` hands on.
"""
