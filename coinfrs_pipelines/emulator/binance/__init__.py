"""Binance as an emulated venue: spot and funding wallets of a master and its sub-accounts.

`records` says what each kind of record moves, `authoring` makes them from a seed, `world` answers
questions about them; `faces` are the HTTP endpoints and `gate` is what guards them.
"""
