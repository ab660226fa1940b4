"""How the history of an emulated Binance family comes to be, from a seed.

`author` plans the days; `orders`, `capital` and `transfers` write what happens in them, and so does
each of the `families`.
"""
