"""Venues you can run: the wire, not the code.

A seeded double-entry world is the truth; HTTP faces show it the way Binance and Fireblocks would.
Nothing here imports the connectors, and production never imports this package: it is reached as a
URL.
"""
